import { readFile } from 'node:fs/promises'

/**
 * Below this many open files a busy daemon comes to its end: 200 peers with a socket each, the engines' pipes, HTTP
 * clients, and the datastore.
 */
export const ENOUGH_OPEN_FILES = 1024

/** How many files and sockets this process may have open; undefined where the system does not say. */
export async function openFileLimit(): Promise<number | undefined> {
  if (process.platform === 'win32') return undefined
  const text = process.platform === 'linux' ? await limitOfLinux() : limitOfReport()
  const limit = Number(text)
  return Number.isInteger(limit) && limit > 0 ? limit : undefined
}

async function limitOfLinux(): Promise<string | undefined> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  return /^Max open files +(\d+)/m.exec(limits)?.[1]
}

/** Slower, and without the network: names of addresses would be looked up. */
function limitOfReport(): unknown {
  const { report } = process
  Object.assign(report, { excludeNetwork: true })
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  return userLimits?.open_files?.soft
}
