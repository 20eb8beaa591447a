import type { HardwareClass } from '../interface/index.ts'
import { WORKING_SET_SIZE } from '../routing/index.ts'
import type { ProfileName } from './options.ts'

/** The port of p2pai's libp2p: TCP here, WebSocket on the next one. Beside the API's 11435, which is beside ollama's. */
export const DEFAULT_PORT = 11436

/** Defaults of one kind of machine. */
export interface Profile {
  hardwareClass: HardwareClass
  /** Takes connections. A `client` lives for one question and takes none. */
  listens: boolean
  /** Keeps and answers DHT records. Machines that come and go only ask. */
  dhtServer: boolean
  /** Takes part in the gossip mesh. */
  gossip: boolean
  /** Connections kept; above it the least used ones are closed. */
  maxConnections: number
  /** Fewer peers than this, and the supervisor dials. */
  minPeers: number
  /** Providers of one model that are ranked for a request: `routing.md` 3.2. */
  workingSetSize: number
}

/** Numbers: `libp2p.md`, defaults to change. A phone keeps few connections, because each one costs it wake-ups. */
export const PROFILES: Record<ProfileName, Profile> = {
  desktop: { ...full('desktop'), maxConnections: 200, minPeers: 8 },
  server: { ...full('server'), maxConnections: 300, minPeers: 16 },
  phone: { ...full('phone'), dhtServer: false, gossip: false, maxConnections: 30, minPeers: 3, workingSetSize: 16 },
  client: { ...full('desktop'), listens: false, dhtServer: false, gossip: false, maxConnections: 50, minPeers: 1 }
}

function full(hardwareClass: HardwareClass) {
  return { hardwareClass, listens: true, dhtServer: true, gossip: true, workingSetSize: WORKING_SET_SIZE }
}
