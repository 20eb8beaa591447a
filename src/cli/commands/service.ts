import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { connectDaemon, DaemonNotRunningError, DaemonRunningError, HomeUnusableError, homePaths } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { PROGRAM } from '../daemon-process.ts'
import { facts } from '../output/table.ts'
import { serviceManager } from '../service/manager.ts'

/** LSB: the service is not running. */
const NOT_RUNNING_EXIT_CODE = 3

/** `p2pai service install`. */
export async function installService(flags: { print?: boolean | undefined }, context: CommandContext): Promise<number> {
  const { terminal } = context
  const manager = serviceManager()
  const home = process.env.P2PAI_HOME ? homePaths().home : undefined
  const text = manager.text({ node: process.execPath, bin: PROGRAM, ...(home !== undefined && { home }) })
  if (flags.print) {
    await terminal.write(text)
    return 0
  }
  // Two of them cannot have one home, and the manager would try again and again.
  await refuseBesideDaemon(manager)
  await writeWhole(manager.path, text)
  const enabled = await manager.enable()
  await terminal.write(`the service is installed${enabled ? ' and started' : ''}: ${manager.path}\n`)
  terminal.note(enabled ? manager.hint : `${manager.tool} is not here, so that nothing starts it yet`)
  return 0
}

/** `p2pai service remove`. Not an error when there is none. */
export async function removeService({ terminal }: CommandContext): Promise<number> {
  const manager = serviceManager()
  if (!existsSync(manager.path)) {
    terminal.note('no service is installed')
    return 0
  }
  await manager.disable()
  await rm(manager.path)
  await manager.forget()
  await terminal.write(`the service is removed: ${manager.path}\n`)
  return 0
}

/** `p2pai service status`: 3 when it does not run. */
export async function serviceStatus(flags: { json?: boolean | undefined }, { terminal }: CommandContext) {
  const manager = serviceManager()
  const installed = existsSync(manager.path)
  const state = installed ? await manager.state() : undefined
  const { enabled = null, active = null } = state ?? (installed ? {} : { enabled: false, active: false })
  if (flags.json) await terminal.writeJson({ version: 1, path: manager.path, installed, enabled, active })
  else {
    const word = (is: boolean | null): string =>
      is === null ? `unknown: ${manager.tool} is not here` : is ? 'yes' : 'no'
    await terminal.write(
      facts([
        ['file', manager.path],
        ['installed', word(installed)],
        ['enabled', word(enabled)],
        ['running', word(active)]
      ])
    )
  }
  return active === true ? 0 : NOT_RUNNING_EXIT_CODE
}

async function refuseBesideDaemon(manager: ReturnType<typeof serviceManager>): Promise<void> {
  try {
    const { pid } = await connectDaemon(homePaths().socket)
    // The service itself may be installed again: its manager starts it anew.
    if (existsSync(manager.path) && (await manager.state())?.active) return
    throw new DaemonRunningError(`a daemon is already running (pid ${pid}); stop it first: p2pai stop`)
  } catch (error) {
    if (!(error instanceof DaemonNotRunningError)) throw error
  }
}

/** A manager that reads the file at this moment sees all of it or the one before. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(temporary, text, { mode: 0o644 })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw new HomeUnusableError(`cannot write ${path}: ${(error as Error).message}`, { cause: error })
  }
}
