import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const NVIDIA = 'nvidia-smi'
const TOOL_TIMEOUT_MS = 2000
const TOOL_BYTES = 64 << 10
const AMD_CARDS = '/sys/class/drm'
/** Less is a part of the machine's own memory that a processor with graphics set aside. */
const MIN_CARD_BYTES = 2 * 2 ** 30

/**
 * Bytes that are free on graphics cards with memory of their own and a driver that an engine can use; 0 where none is
 * found. A stuck tool is given up after 2 s.
 */
export async function graphicsMemory(tool = NVIDIA, cards = AMD_CARDS): Promise<number> {
  const found = await Promise.all([nvidia(tool), amd(cards)])
  return found.flat().reduce((sum, bytes) => sum + bytes, 0)
}

/** Lines such as `23028`, in MiB, one a card. */
async function nvidia(tool: string): Promise<number[]> {
  try {
    const { stdout } = await promisify(execFile)(tool, ['--query-gpu=memory.free', '--format=csv,noheader,nounits'], {
      timeout: TOOL_TIMEOUT_MS,
      maxBuffer: TOOL_BYTES,
      killSignal: 'SIGKILL'
    })
    return stdout.split('\n').map(line => (/^\d{1,8}$/.test(line.trim()) ? Number(line) * 2 ** 20 : 0))
  } catch {
    // No such tool, no driver, or stuck: there is nothing to count on.
    return []
  }
}

/** The driver of AMD's cards under Linux tells in files. */
async function amd(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => [])
  const read = async (name: string, file: string): Promise<number> =>
    Number(await readFile(path.join(folder, name, 'device', file), 'utf8').catch(() => Number.NaN))
  return await Promise.all(
    names
      .filter(name => /^card\d+$/.test(name))
      .map(async name => {
        const [totalBytes, usedBytes] = [
          await read(name, 'mem_info_vram_total'),
          await read(name, 'mem_info_vram_used')
        ]
        return totalBytes >= MIN_CARD_BYTES && usedBytes <= totalBytes ? totalBytes - usedBytes : 0
      })
  )
}
