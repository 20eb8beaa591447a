import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { homePaths } from '../home/paths.ts'
import { ENOUGH_OPEN_FILES, openFileLimit } from '../open-files.ts'
import { installedVersion, packageVersion } from '../version.ts'
import { type Check, type Finding, fail, ok, warn } from './finding.ts'

/** Models want several; a log and a datastore want some. */
const LOW_DISK_BYTES = 1 << 30
const NO_DISK_BYTES = 100 << 20
/** The daemon alone takes about 150 MB, the smallest useful model as much again. */
const LOW_MEMORY_BYTES = 512 << 20

/** Versions, disk, memory, open files. */
export function machineChecks(home?: string): Check[] {
  return [versions, async () => [await disk(homePaths(home).home)], memory, openFiles]
}

async function versions(): Promise<Finding[]> {
  const system = `${process.platform} ${process.arch}`
  const [libp2p, llama] = [installedVersion('libp2p'), installedVersion('node-llama-cpp')]
  const below = `libp2p ${libp2p}, node-llama-cpp ${llama ?? 'missing'}`
  const says = `p2pai ${packageVersion()}, Node.js ${process.versions.node}, ${below}, ${system}`
  if (llama !== null) return [ok('versions', says)]
  return [warn('versions', says, 'models cannot be served, asking works; install p2pai with its optional packages')]
}

async function disk(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(await existing(folder))
  const freeBytes = bavail * bsize
  const says = `${megabytes(freeBytes)} are free for ${folder}`
  const fix = 'free some space, or set P2PAI_HOME to a folder on another disk'
  if (freeBytes < NO_DISK_BYTES) return fail('disk', says, fix)
  return freeBytes < LOW_DISK_BYTES ? warn('disk', says, fix) : ok('disk', says)
}

/** The folder, or the nearest one above it that is there. */
async function existing(folder: string): Promise<string> {
  try {
    await statfs(folder)
    return folder
  } catch (error) {
    const parent = dirname(folder)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === folder) throw error
    return existing(parent)
  }
}

async function memory(): Promise<Finding[]> {
  const freeBytes = process.availableMemory()
  const says = `${megabytes(freeBytes)} of memory can be had`
  if (freeBytes >= LOW_MEMORY_BYTES) return [ok('memory', says)]
  return [warn('memory', says, 'end other programs, or serve a smaller model: p2pai models recommend')]
}

async function openFiles(): Promise<Finding[]> {
  const limit = await openFileLimit()
  if (limit === undefined) return [ok('open files', 'the system does not say how many')]
  const says = `at most ${limit} files and sockets may be open`
  if (limit >= ENOUGH_OPEN_FILES) return [ok('open files', says)]
  return [warn('open files', says, `raise it before the daemon is started: ulimit -n ${4 * ENOUGH_OPEN_FILES}`)]
}

function megabytes(bytes: number): string {
  return bytes >= 1e10 ? `${Math.round(bytes / 1e9)} GB` : `${Math.round(bytes / 1e6)} MB`
}
