import { existsSync, statSync } from 'node:fs'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { connectDaemon, type DaemonClient } from '../../gateway/control/client.ts'
import { DaemonNotRunningError, HomeUnusableError, InvalidKeyError } from '../../interface/index.ts'
import { octal, openHome } from '../home/home-folder.ts'
import { loadIdentity } from '../home/identity.ts'
import { homePaths } from '../home/paths.ts'
import { packageVersion } from '../version.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

const READABLE_BY_OTHERS = 0o077

/** The folder and the key in it. Nothing is made. */
export async function checkHome(home?: string): Promise<Finding[]> {
  const paths = homePaths(home)
  if (!existsSync(paths.home)) return [ok('home', `${paths.home} is not there yet; the first start makes it`)]
  return [await folder(paths.home), await key(paths.key)]
}

async function folder(path: string): Promise<Finding> {
  try {
    await openHome(path)
  } catch (error) {
    if (!(error instanceof HomeUnusableError)) throw error
    return fail('home', error.message, 'make it a folder that is yours alone, or set P2PAI_HOME to another one')
  }
  const { mode } = statSync(path)
  if (process.platform === 'win32' || (mode & READABLE_BY_OTHERS) === 0) return ok('home', path)
  return warn('home', `others may look into ${path} (mode ${octal(mode)})`, `chmod 700 ${path}`)
}

async function key(path: string): Promise<Finding> {
  if (!existsSync(path)) return ok('key', 'there is none yet; the first start makes it')
  try {
    return ok('key', peerIdFromPrivateKey(await loadIdentity(path)).toString())
  } catch (error) {
    if (!(error instanceof InvalidKeyError)) throw error
    return fail('key', error.message, 'bring it back from a copy; moved away, the next start makes a new identity')
  }
}

/** The daemon, and what there is to say of it. */
export async function checkDaemon(home?: string): Promise<{ daemon: DaemonClient | undefined; finding: Finding }> {
  try {
    const daemon = await connectDaemon(homePaths(home).socket)
    const says = `version ${daemon.version} runs (pid ${daemon.pid})`
    if (daemon.version === packageVersion()) return { daemon, finding: ok('daemon', says) }
    const fix = 'restart it: p2pai stop, then p2pai serve --detach'
    return { daemon, finding: warn('daemon', `${says}, but this command is ${packageVersion()}`, fix) }
  } catch (error) {
    if (!(error instanceof DaemonNotRunningError)) throw error
    const finding = warn('daemon', error.message.split(';')[0] ?? '', 'start it: p2pai serve --detach')
    return { daemon: undefined, finding }
  }
}
