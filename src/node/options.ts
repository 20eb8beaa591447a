import type { Libp2pOptions } from 'libp2p'
import type { HardwareClass, InferenceEngine, ModelControl } from '../interface/index.ts'
import type { DeviceState } from './device/state.ts'
import type { ScaleOptions } from './network-scale.ts'

/** Sets of defaults: see `profiles.ts`. `client` listens nowhere and lives for one question. */
export type ProfileName = 'desktop' | 'server' | 'phone' | 'client'

/** What a user sets. Everything else comes from the profile; `libp2p` is the way past both. */
export interface NodeOptions {
  /** Folder of the key, the peer store and the saved peers. Without it everything lives in memory. */
  home?: string
  /** @default 'desktop' */
  profile?: ProfileName
  /** Multiaddrs to listen on. @default the profile's */
  listen?: string[]
  /**
   * How providers are chosen: `rec` (least time), `fair` (the slowest that is fast enough), `cheap` (least price),
   * `lru`, `nataris`, `random`. @default 'rec'
   */
  policy?: string
  /** Multiaddrs, each with a peer id, to dial first. @default none */
  bootstrap?: string[]
  /** Find peers on the local network by multicast. @default true */
  mdns?: boolean
  /** Name of the node that other users see. At most 64 characters. @default '' */
  label?: string
  /** @default from the profile */
  hardwareClass?: HardwareClass
  /** Engines to serve from the start; `serve()` adds more. @default none */
  engines?: InferenceEngine[]
  /** What manages the models of these engines, for the gateway and the control socket. @default nothing does */
  modelControl?: ModelControl
  /**
   * Who may ask this node: peer ids, or addresses that end in one. With `allow` nobody else is served; `deny` is
   * stronger. Others get `refused`, before anything of their request is read. @default everybody
   */
  requesters?: { allow?: readonly string[]; deny?: readonly string[] }
  /** Who is never asked, whatever they advertise: peer ids, or addresses that end in one. @default nobody */
  providers?: { deny?: readonly string[] }
  /**
   * How answers of others are checked by a second provider: `off`; `canary`, with prompts made up here and with the
   * conversations that say so (`RouteOptions.audit`); `consented`, with all conversations that do not say no. A check
   * shows the conversation to that provider. @default 'canary'
   */
  audits?: string
  /** Publish and hear adverts over gossipsub. @default true */
  gossip?: boolean
  /** Publish and look up provider records in the DHT. @default true */
  dht?: boolean
  /** When a network counts as large, and what is done then. @default above 300 providers */
  scale?: ScaleOptions
  /** When this machine works for others, and what its owner knows of it. @default always, as the system tells */
  sharing?: SharingOptions
  /** What this node asks for 1,000 tokens, read or generated, in micro-credits. @default 0 */
  pricePerKiloToken?: number
  /** What this node promises to pay at most, whoever asks through it: by 1,000 tokens, by day (UTC). @default no bounds */
  spending?: { maxPricePerKiloToken?: number; budgetPerDay?: number }
  /** Merged over the options that p2pai makes for libp2p. */
  libp2p?: Partial<Libp2pOptions>
  /** Takes each line worth a log. Never carries a prompt or an answer. @default nothing */
  log?: NodeLog
}

/** When a machine works for others. Its own questions are always answered. */
export interface SharingOptions {
  /** Hours of the day in this machine's time zone, such as `22:00-07:00`; several with commas between. @default always */
  when?: string
  /** Share of the time, over ten minutes, that it may work for others. Above 0, to 1. @default 1 */
  maxLoad?: number
  /** On battery, only above this many percent. 0 to 100. @default 20 */
  minBatteryPercent?: number
  /** Not while somebody uses its keyboard or mouse, where the system tells. @default false */
  onlyWhenIdle?: boolean
  /** Not over a line that costs money by volume, where the system tells. @default false */
  notMetered?: boolean
  /** What the system does not tell, or tells wrongly. @default nothing */
  device?: DeviceState
}

/** How much a line of a log matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One thing that happened, for a log. `fields` holds no content of prompts or answers. */
export type NodeLog = (level: LogLevel, event: string, fields?: Record<string, unknown>) => void
