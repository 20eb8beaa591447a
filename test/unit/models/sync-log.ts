import { existsSync, readdirSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { onTestFinished, vi } from 'vitest'

/**
 * Which files the disk is waited for from now on, by inode. Those of which it was waited for when a model had its name
 * in the folder already came too late, and are left out.
 */
export async function syncsBeforeNaming(folder: string): Promise<ReadonlySet<bigint>> {
  const handle = await open(import.meta.filename)
  const prototype = Object.getPrototypeOf(handle) as typeof handle
  await handle.close()
  const synced = new Set<bigint>()
  for (const name of ['sync', 'datasync'] as const) {
    const sync = prototype[name]
    const spy = vi.spyOn(prototype, name).mockImplementation(async function (this: typeof handle) {
      await sync.call(this)
      const { ino } = await this.stat({ bigint: true })
      if (!existsSync(folder) || !readdirSync(folder).some(file => file.endsWith('.gguf'))) synced.add(ino)
    })
    onTestFinished(() => spy.mockRestore())
  }
  return synced
}

/** By what a file is known under any name. */
export function inodeOf(file: string): bigint {
  return statSync(file, { bigint: true }).ino
}
