/** How failures are handled; each arm adds to the one before it. */
export type Arm = 'base' | 'F' | 'FH' | 'FHM'

/** One run. Durations in milliseconds of simulated time. */
export interface SimConfig {
  /** A shipped policy, or one of `arms/`. */
  policy: string
  /**
   * base: refusals are tried elsewhere, silence is a failure after 180 s. F: dials and silence have limits, then the
   * next peer goes on with what was delivered. FH: hedges too. FHM: moves slow streams too.
   */
  arm: Arm
  seed: number
  /** Another draw of what policies leave to chance, for the same devices and requests. */
  luck: number
  /** Providers; a fifth as many ask. */
  providers: number
  /** Offered work by what the living providers can do. */
  load: number
  /** `edge` has laptops, phones and browser tabs only, and small models. */
  mix: 'mixed' | 'edge'
  advertEveryMs: number
  /** Share of the listed peers that are dead at any time. */
  deadShare: number
  /** Mean time that a peer stays. */
  uptimeMs: number
  /** Share of providers that claim `LIE` times their speed. */
  liarShare: number
  /** Askers learn from each other's receipts. */
  isTrustPooled: boolean
  /** Askers multiply promises by what was kept of earlier ones. */
  usesTrust: boolean
  /** Requests that wait stand in two queues. */
  usesTies: boolean
  /** How long shipped policies wait for a provider: as nodes do, or as the guide has it. All others have the guide's. */
  timeLimits: 'shipped' | 'guide'
  /** Time before anything is counted, */
  warmupMs: number
  /** and during which requests are, */
  measuredMs: number
  /** and after which they may end; one that is open then has failed. Others come as before. */
  cooldownMs: number
  /** How an answer's length comes about; see `workload.ts`. */
  lengths: 'independent' | 'habits'
  /** What providers foretell waits with, and askers lengths: the guide's running mean, what ships, or the truth. */
  foresight: 'mean' | 'shipped' | 'true'
  /** Free text for the result line. */
  tag?: string
}

export const DEFAULTS: SimConfig = {
  policy: 'rec',
  arm: 'FHM',
  seed: 1,
  luck: 0,
  providers: 1_000,
  load: 0.3,
  mix: 'mixed',
  advertEveryMs: 10_000,
  deadShare: 0.1,
  uptimeMs: 900_000,
  liarShare: 0,
  isTrustPooled: false,
  usesTrust: true,
  usesTies: true,
  timeLimits: 'shipped',
  warmupMs: 200_000,
  measuredMs: 400_000,
  cooldownMs: 400_000,
  lengths: 'independent',
  foresight: 'shipped'
}

/** Without a first token by then a request has failed, and counts as this long. */
export const DEADLINE_MS = 180_000
/** How much a liar overstates its speed. */
export const LIE = 3
