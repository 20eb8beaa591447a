import type { Figure } from '../support.ts'
import { type Average, average, type Changes, LARGE } from './runs.ts'

/** What a scenario is measured with. */
export interface ScenarioRun {
  seeds: readonly number[]
}

/** The scenarios of `routing.md` section 4, with its targets. */
export const SCENARIOS: Record<string, (run: ScenarioRun) => Figure[]> = {
  S1: run => {
    const size = { providers: 1_000, load: 0.3 }
    const { rec, oracle, figures } = against('S1', size, run, { success: 0.999, p95: 1.25, mean: 1.05 })
    return [
      ...figures,
      atMost('S1 p50 beside the oracle', (rec.firstToken.p50 - oracle.firstToken.p50) * 1_000, 50, 'ms'),
      atMost('S1 gap in the text, p95', rec.gap95, 8, 's'),
      atMost('S1 quotes a request', rec.probes, 4, ''),
      atMost('S1 duplicates', rec.duplicates * 100, 15, '%')
    ]
  },
  S2: run => against('S2', { providers: 500, load: 0.6 }, run, { success: 0.999, p95: 1.5, mean: 1.15 }).figures,
  S3: run => against('S3', { providers: 500, mix: 'edge' }, run, { success: 0.995, p95: 1.9, mean: 1.3 }).figures,
  S4: run => [
    ...against('S4 with 100 peers', { providers: 100 }, run, { success: 0.995, p95: 1.3 }).figures,
    ...against('S4 with 10,000 peers', LARGE, run, { success: 0.999, p95: 1.3 }).figures
  ],
  S5: run => {
    const without = average({ providers: 500, deadShare: 0 }, run.seeds)
    const dead = average({ providers: 500, deadShare: 0.1 }, run.seeds)
    return [
      atLeast('S5 success with 10 % dead', dead.success, 1),
      atMost('S5 p50 for 10 % dead', (dead.firstToken.p50 - without.firstToken.p50) * 1_000, 100, 'ms'),
      atMost('S5 p95 for 10 % dead', (dead.firstToken.p95 - without.firstToken.p95) * 1_000, 1_000, 'ms')
    ]
  },
  S6: run => {
    const of = (advertEveryMs: number) => average({ providers: 500, load: 0.45, advertEveryMs }, run.seeds)
    return [
      atMost('S6 p95 with adverts of 60 s by 10 s', of(60_000).firstToken.p95 / of(10_000).firstToken.p95, 1.6, '')
    ]
  },
  S7: run => {
    const size = { providers: 500, load: 0.45 }
    const honest = average(size, run.seeds)
    const byHonest = (changes: Changes) =>
      average({ ...size, liarShare: 0.3, ...changes }, run.seeds).firstToken.p95 / honest.firstToken.p95
    // The guide's target is for pooled receipts; nodes learn from their own alone.
    const pooled = byHonest({ isTrustPooled: true }).toFixed(2)
    return [
      atMost('S7 p95 with 30 % liars by none', byHonest({}), 1.5, ''),
      { name: 'S7 the same if receipts were pooled, which nodes do not do', value: pooled }
    ]
  }
}

interface Bounds {
  success: number
  p95: number
  mean?: number
}

/** `rec` beside the oracle on the same requests. */
function against(name: string, size: Changes, { seeds }: ScenarioRun, bounds: Bounds) {
  const rec = average(size, seeds)
  const oracle: Average = average({ ...size, policy: 'oracle', arm: 'F' }, seeds)
  const byOracle = (figure: (of: Average) => number) => figure(rec) / figure(oracle)
  const figures = [
    atLeast(`${name} success`, rec.success, bounds.success),
    atMost(
      `${name} p95 of the first token by the oracle's`,
      byOracle(({ firstToken }) => firstToken.p95),
      bounds.p95,
      ''
    )
  ]
  if (bounds.mean !== undefined) {
    const ratio = byOracle(({ meanCompletion }) => meanCompletion)
    figures.push(atMost(`${name} mean completion by the oracle's`, ratio, bounds.mean, ''))
  }
  return { rec, oracle, figures }
}

function atMost(name: string, value: number, most: number, unit: string): Figure {
  const text = (number: number) => `${number}${unit === '' ? '' : ` ${unit}`}`
  return { name, value: text(Number(value.toFixed(2))), goal: `<= ${text(most)}`, met: value <= most }
}

function atLeast(name: string, share: number, least: number): Figure {
  const percent = (of: number) => `${Number((of * 100).toFixed(2))} %`
  return { name, value: percent(share), goal: `>= ${percent(least)}`, met: share >= least }
}
