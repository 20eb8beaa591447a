import { DEFAULTS, type SimConfig } from './config.ts'
import { mean, type Percentiles, type Summary } from './measures.ts'
import { simulate } from './simulate.ts'

export type Changes = Partial<SimConfig>

/** Ten thousand providers get ten times the requests, so that a shorter span says as much. */
export const LARGE: Changes = { providers: 10_000, measuredMs: 60_000, cooldownMs: 180_000 }

const done = new Map<string, Summary>()

/** One run, told as one JSON line; what was run before is not run again. */
export function run(changes: Changes): Summary {
  const key = JSON.stringify(Object.entries({ ...DEFAULTS, ...changes }).sort())
  const known = done.get(key)
  if (known !== undefined) return known
  const summary = simulate(changes)
  done.set(key, summary)
  console.log(JSON.stringify({ ...changes, ...summary }))
  return summary
}

/** What the tables show, over several seeds. */
export interface Average {
  success: number
  firstToken: Percentiles
  completion: Percentiles
  meanCompletion: number
  jain: number
  probes: number
  duplicates: number
  gap95: number
}

/** The mean over seeds of each figure. */
export function average(changes: Changes, seeds: readonly number[]): Average {
  const runs = seeds.map(seed => run({ ...changes, seed }))
  const of = (figure: (summary: Summary) => number) => mean(runs.map(figure))
  const percentiles = (figure: (summary: Summary) => Percentiles) => ({
    p50: of(summary => figure(summary).p50),
    p95: of(summary => figure(summary).p95),
    p99: of(summary => figure(summary).p99)
  })
  return {
    success: of(({ success }) => success),
    firstToken: percentiles(({ firstToken }) => firstToken),
    completion: percentiles(({ completion }) => completion),
    meanCompletion: of(({ meanCompletion }) => meanCompletion),
    jain: of(({ jain }) => jain),
    probes: of(({ probes }) => probes),
    duplicates: of(({ duplicates }) => duplicates),
    gap95: of(({ gap95 }) => gap95)
  }
}
