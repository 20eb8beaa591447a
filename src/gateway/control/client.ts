import {
  DaemonNotRunningError,
  DeadlineExceededError,
  type DiscoveryReport,
  type EngineStatus,
  type InferenceEngine,
  type ManagedModel,
  type ModelInfo,
  type NetworkModel,
  type NodeStatus,
  type PeerDetail,
  type PeerSummary,
  type PingResult,
  ProviderLostError,
  timeLimit
} from '../../interface/index.ts'
import { daemonEngine } from './daemon-engine.ts'
import { callSocket, readJson, readLines, type SocketAnswer } from './socket-request.ts'
import { VERSION_HEADER } from './wire.ts'

/** The running daemon of a home, seen from another process of the same user. */
export interface DaemonClient {
  /** Version of the daemon's program. */
  readonly version: string
  readonly pid: number
  readonly peerId: string
  /** The daemon, as an engine: its own models and the network's. */
  readonly engine: InferenceEngine
  status(): Promise<NodeStatus>
  peers(): Promise<PeerSummary[]>
  /** One peer, and why it ranks where it does: see `NodeControl.peer`. */
  peer(name: string): Promise<PeerDetail>
  models(): Promise<{ models: NetworkModel[]; local: ModelInfo[] }>
  /** Lets the daemon dial an address that ends in a peer id. */
  connect(address: string): Promise<PeerSummary>
  /** One round trip from the daemon to a peer: see `NodeControl.ping`. */
  ping(peer: string): Promise<PingResult>
  /** How the daemon finds peers, and what came of it. */
  discovery(): Promise<DiscoveryReport>
  /** Frees the memory of a model: see `ModelControl.unload`. */
  unload(model: string): Promise<ManagedModel>
  /** Lets the daemon look at what was installed or removed. */
  refreshModels(): Promise<void>
  /** What the daemon writes down, by its parts. */
  logLevels(): Promise<Record<string, string>>
  /** Changes that for one part or for all; returns what holds then. */
  setLogLevel(level: string, part?: string): Promise<Record<string, string>>
  /** Ends the daemon, and returns when it is gone. */
  stop(): Promise<void>
}

/** A daemon that does not answer for this long is stuck. It answers in milliseconds. */
const GREETING_TIMEOUT_MS = 5000

/**
 * Finds the daemon behind a control socket (`homePaths(home).socket`). Throws `DaemonNotRunningError` when there is none.
 * Costs one call, and loads neither libp2p nor an HTTP library.
 */
export async function connectDaemon(socket: string, timeoutMs = GREETING_TIMEOUT_MS): Promise<DaemonClient> {
  const response = await greet(socket, timeoutMs)
  const { pid, peerId } = await readJson<{ pid: number; peerId: string }>(response)
  const get = async <T>(path: string): Promise<T> => readJson<T>(await callSocket({ socket, method: 'GET', path }))
  return {
    version: response.headers.get(VERSION_HEADER) ?? '',
    pid,
    peerId,
    engine: daemonEngine(socket, () => get<{ models: ModelInfo[]; status: EngineStatus[] }>('/engine')),
    status: () => get<NodeStatus>('/status'),
    peers: async () => (await get<{ peers: PeerSummary[] }>('/peers')).peers,
    peer: async name => (await get<{ peer: PeerDetail }>(`/peers/${encodeURIComponent(name)}`)).peer,
    models: () => get('/models'),
    async connect(address) {
      const answer = await callSocket({ socket, method: 'POST', path: '/peers/connect', body: { address } })
      return (await readJson<{ peer: PeerSummary }>(answer)).peer
    },
    async ping(peer) {
      return readJson<PingResult>(await callSocket({ socket, method: 'POST', path: '/ping', body: { peer } }))
    },
    async unload(model) {
      const answer = await callSocket({ socket, method: 'POST', path: '/models/unload', body: { model } })
      return (await readJson<{ model: ManagedModel }>(answer)).model
    },
    async refreshModels() {
      await readJson(await callSocket({ socket, method: 'POST', path: '/models/refresh', body: {} }))
    },
    logLevels: async () => (await get<{ levels: Record<string, string> }>('/log-levels')).levels,
    async setLogLevel(level, part) {
      const body = { level, ...(part !== undefined && { part }) }
      const answer = await callSocket({ socket, method: 'POST', path: '/log-levels', body })
      return (await readJson<{ levels: Record<string, string> }>(answer)).levels
    },
    discovery: () => get<DiscoveryReport>('/discovery'),
    async stop() {
      const farewell = await callSocket({ socket, method: 'POST', path: '/stop' })
      await untilClosed(readLines(farewell))
    }
  }
}

async function greet(socket: string, timeoutMs: number): Promise<SocketAnswer> {
  try {
    return await callSocket({ socket, method: 'GET', path: '/version', signal: timeLimit(timeoutMs) })
  } catch (error) {
    if (!(error instanceof DeadlineExceededError)) throw error
    throw new DaemonNotRunningError(`the daemon does not answer within ${timeoutMs} ms`, { cause: error })
  }
}

/** The answer to `stop` never ends by itself: its connection breaks when the daemon is gone. */
async function untilClosed(lines: AsyncGenerator<string>): Promise<void> {
  try {
    while (!(await lines.next()).done);
  } catch (error) {
    if (!(error instanceof ProviderLostError)) throw error
  }
}
