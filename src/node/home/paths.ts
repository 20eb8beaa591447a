import { realpathSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import envPaths from 'env-paths'

/** Where everything of one home lives. */
export interface HomePaths {
  /** The folder itself, without symbolic links as far as it exists. */
  home: string
  /** The node's private key. */
  key: string
  /** Held by the running daemon. */
  lock: string
  /** Control socket of the daemon; a named pipe on Windows. May lie outside the home, see `homePaths`. */
  socket: string
  /** Who runs: pid, version, socket. */
  daemonFile: string
  /** What engines remember: calibrations, probes. */
  stateDirectory: string
  /** LevelDB of libp2p: peer store and DHT records. */
  datastore: string
  /** Peers to dial at the next start. */
  peers: string
  /** Conversations of `ask` and `chat`. */
  sessions: string
  /** Who gave what to whom. */
  ledger: string
  /** Settings, as `p2pai config` writes them. */
  config: string
  /** What the daemon writes down: the file that is written now, and those before it, newest first. */
  logFiles: [string, ...string[]]
}

/** The longest socket path that the system's `sockaddr_un` takes; the last byte is a zero. */
const MAX_SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103

/** Files of the log that are kept. */
const LOG_FILES = 5

/** The home when nobody names one: `P2PAI_HOME`, else the system's folder for data of programs. */
export function defaultHome(): string {
  return process.env.P2PAI_HOME || systemHome()
}

/** The system's folder for data of p2pai, whatever `P2PAI_HOME` says. */
export function systemHome(): string {
  return envPaths('p2pai', { suffix: '' }).data
}

/**
 * All paths of a home. Nothing is created. A socket path that is too long for the system moves to the runtime
 * directory under a hash of the home, so that daemon and command find the same one without asking.
 */
export function homePaths(home: string = defaultHome()): HomePaths {
  const folder = withoutLinks(resolve(home))
  return {
    home: folder,
    key: join(folder, 'key'),
    lock: join(folder, 'lock'),
    socket: socketPath(folder),
    daemonFile: join(folder, 'daemon.json'),
    stateDirectory: join(folder, 'state'),
    datastore: join(folder, 'datastore'),
    peers: join(folder, 'peers.json'),
    sessions: join(folder, 'sessions.db'),
    ledger: join(folder, 'ledger.db'),
    config: join(folder, 'config.json'),
    logFiles: logFiles(join(folder, 'state', 'log', 'daemon.log'))
  }
}

function logFiles(newest: string): [string, ...string[]] {
  return [newest, ...Array.from({ length: LOG_FILES - 1 }, (_, number) => `${newest}.${number + 1}`)]
}

function socketPath(folder: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\p2pai-${shortHash(folder)}`
  const inHome = join(folder, 'control.sock')
  if (fits(inHome)) return inHome
  const hash = shortHash(folder)
  const candidates = [process.env.XDG_RUNTIME_DIR, tmpdir(), '/tmp']
    .filter(directory => directory !== undefined && directory !== '')
    .map(directory => join(`${directory}`, `p2pai-${userInfo().uid}`, `${hash}.sock`))
  return candidates.find(fits) ?? inHome
}

/** Few homes need it, and loading `node:crypto` takes a twentieth of the time of a short command. */
function shortHash(text: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES
}

/** Resolves links in the part of the path that exists, so that a home has one name only. */
function withoutLinks(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(withoutLinks(parent), basename(path))
  }
}
