import type { Arm } from './config.ts'
import { tableE } from './gains.ts'
import { type Average, average, type Changes, LARGE } from './runs.ts'
import { beside, percent, short, type Table, type TableSeeds, times } from './table.ts'

/** The tables of `routing.md` section 2, and one of what came after it. */
export const TABLES: Record<string, (seeds: TableSeeds) => Table> = {
  A: tableA,
  B: tableB,
  C: tableC,
  D: tableD,
  E: tableE
}

/** Policy, what the guide calls it, then its numbers: base; F; FH with first token, completion, Jain, probes. */
const ROWS_OF_A: readonly (readonly [policy: string, base: string, f: string, fh: string, ...rest: string[]])[] = [
  ['random', '85.4', '95.0, 14.9/174/180', '96.8, 15.9/138/180', '42/188/351', '.64', '0'],
  ['registry-lru', '86.7', '97.8, 9.2/76/180', '98.4, 9.4/64/180', '34/180/334', '.84', '0'],
  ['lru', '-', '-', '-', '-', '-', '-'],
  ['nataris', '86.5', '97.1, 10.8/134/180', '98.8, 11.0/94/179', '32/177/314', '.73', '0'],
  ['least-loaded', '83.4', '98.4, 9.0/88/180', '99.6, 9.4/70/125', '29/149/262', '.81', '0'],
  ['p2c', '85.7', '97.3, 9.2/123/180', '98.9, 9.7/87/174', '32/176/301', '.73', '0'],
  ['ewma', '83.5', '94.7, 16.8/180/180', '97.0, 16.7/135/180', '44/193/341', '.66', '0'],
  ['fastest', '50.0', '62.3, 177/180/180', '59.2, 179/180/180', '180/186/202', '.01', '0'],
  ['best-of-all', '85.6', '99.8, 6.1/24/49', '99.7, 5.8/22/29', '12/43/84', '.03', '0'],
  ['best-of-24', '93.7', '100, 1.2/11/25', '100, 1.2/9.1/13.5', '6.4/33/66', '.10', '0'],
  ['sticky-24', '96.4', '100, .29/5.6/11.5', '100, .31/5.7/8.2', '5.3/31/66', '.10', '0'],
  ['prequal', '94.8', '99.5, 3.7/51/121', '100, 4.0/39/59', '16/80/149', '.62', '3.4'],
  ['prequal-sync', '95.1', '99.9, 3.9/41/98', '100, 4.4/33/48', '16/72/141', '.59', '4.5'],
  ['quote-2', '92.3', '98.0, 8.9/111/180', '99.2, 8.6/83/156', '25/150/247', '.63', '2.3'],
  ['quote-4-of-24', '98.7', '100, .61/3.5/7.5', '100, .66/3.6/5.7', '4.9/29/61', '.08', '4.2'],
  ['rec', '98.9', '100, .23/2.5/5.6', '100, .24/2.2/3.9', '4.3/27/55', '.07', '2.7'],
  ['fair', '-', '-', '-', '-', '-', '-'],
  ['oracle', '-', '100, .29/2.0/4.1', '-', '4.1/29/59', '.03', '0'],
  ['clairvoyant', '-', '100, .25/1.6/3.2', '-', '3.2/21/41', '.03', '0']
]

const THREE_SEEDED = new Set(['nataris', 'sticky-24', 'prequal-sync', 'quote-4-of-24', 'rec', 'oracle', 'clairvoyant'])
/** Neither hedges nor moves. */
const REFERENCES = new Set(['oracle', 'clairvoyant'])
const MOVES = new Set(['rec', 'fair', 'cheap'])

function tableA({ several, one }: TableSeeds): Table {
  const rows = ROWS_OF_A.map(([policy, base, f, fh, completion, jain, probes]) => {
    const age = policy === 'fastest' ? { advertEveryMs: 60_000 } : {}
    const of = (arm: Arm) => average({ policy, arm, ...age }, THREE_SEEDED.has(policy) ? several : one)
    const isReference = REFERENCES.has(policy)
    const plain = of('F')
    const full = isReference ? plain : of(MOVES.has(policy) ? 'FHM' : 'FH')
    const outcome = (run: Average) => `${percent(run.success)}, ${times(run.firstToken)}`
    return [
      policy,
      isReference ? '-' : beside(percent(of('base').success), base),
      beside(outcome(plain), f),
      isReference ? '-' : beside(outcome(full), fh),
      beside(times(full.completion), completion!),
      beside(full.jain.toFixed(2), jain!),
      beside(full.probes.toFixed(1), probes!)
    ]
  })
  const head = ['policy', 'base: ok %', 'F: ok %, first token', 'FH: ok %, first token', 'completion', 'Jain', 'probes']
  return { title: 'A. 1,000 peers, load 0.3, adverts of 10 s, 10 % dead; p50/p95/p99 in seconds', head, rows }
}

const COLUMNS_OF_B: readonly (readonly [name: string, changes: Changes])[] = [
  ['load .1, N=1000', { load: 0.1 }],
  ['.3, N=1000', {}],
  ['.6, N=500', { load: 0.6, providers: 500 }],
  ['.3, N=100', { providers: 100 }],
  ['.3, N=10,000', LARGE],
  ['edge, .3, N=500', { mix: 'edge', providers: 500 }]
]

const ROWS_OF_B: readonly (readonly [policy: string, arm: Arm, ...guide: string[]])[] = [
  ['nataris', 'FH', '53 / 46', '94 / 54', '108 / 54', '66 / 39', '55 / 49', '135 / 83'],
  ['prequal-sync', 'FH', '28 / 24', '33 / 24', '52 / 32', '24 / 21', '25 / 23', '93 / 62'],
  ['sticky-24', 'FH', '2.5 / 7.5', '5.7 / 9.4', '25 / 16.8', '7.2 / 10.9', '4.2 / 7.9', '41 / 28'],
  ['rec', 'FHM', '1.06 / 6.4', '2.2 / 7.8', '11.2 / 12.1', '3.4 / 9.0', '1.57 / 6.7', '23 / 21'],
  ['oracle', 'F', '0.68 / 6.1', '2.0 / 8.1', '8.1 / 11.4', '3.3 / 9.2', '1.29 / 6.6', '13 / 17']
]

function tableB({ several, one }: TableSeeds): Table {
  const rows = ROWS_OF_B.map(([policy, arm, ...guide]) => [
    policy,
    ...COLUMNS_OF_B.map(([, changes], column) => {
      const seeds = changes === LARGE ? one : several
      const { firstToken, meanCompletion } = average({ ...changes, policy, arm }, seeds)
      return beside(`${short(firstToken.p95)} / ${short(meanCompletion)}`, guide[column]!)
    })
  ])
  return {
    title: 'B. Load and scale: p95 of the first token / mean completion in seconds',
    head: ['policy', ...COLUMNS_OF_B.map(([name]) => name)],
    rows
  }
}

const AGES_MS = [1_000, 10_000, 30_000, 60_000, 120_000, 300_000]
const ROWS_OF_C: readonly (readonly [policy: string, arm: Arm, guide: Record<number, string>])[] = [
  ['least-loaded', 'F', { 1000: '73', 10000: '106', 30000: '136' }],
  ['best-of-all', 'F', { 1000: '15', 10000: '27', 30000: '50' }],
  ['sticky-24', 'F', { 1000: '7.4', 10000: '17.4', 30000: '29.8', 120000: '46.6', 300000: '49.1' }],
  ['quote-4-of-24', 'F', { 1000: '5.7', 10000: '5.5', 30000: '6.5', 120000: '10.8', 300000: '8.9' }],
  ['rec', 'FHM', { 10000: '3.9', 30000: '4.6', 60000: '5.6' }]
]

function tableC({ one }: TableSeeds): Table {
  const rows = ROWS_OF_C.map(([policy, arm, guide]) => [
    policy,
    ...AGES_MS.map(advertEveryMs => {
      const told = guide[advertEveryMs]
      if (told === undefined) return '-'
      const { firstToken } = average({ policy, arm, providers: 500, load: 0.45, advertEveryMs }, one)
      return beside(short(firstToken.p95), told)
    })
  ])
  const head = ['policy', ...AGES_MS.map(ageMs => `${ageMs / 1_000} s`)]
  return { title: 'C. Age of adverts: p95 of the first token in seconds, 500 peers, load 0.45', head, rows }
}

const ROWS_OF_D: readonly (readonly [policy: string, arm: Arm, deadShare: number, guide: string])[] = [
  ['rec', 'FHM', 0, '100, .19/1.39/2.62'],
  ['rec', 'FHM', 0.1, '100, .27/2.14/4.12'],
  ['rec', 'FHM', 0.2, '100, p95 3.3 (FH)'],
  ['rec', 'FHM', 0.3, '100, p95 3.7 (FH)'],
  ['nataris', 'base', 0, 'ok 96.7'],
  ['nataris', 'base', 0.1, 'ok 82.1'],
  ['nataris', 'base', 0.2, 'ok 80.5'],
  ['nataris', 'base', 0.3, 'ok 70.3']
]

function tableD({ several }: TableSeeds): Table {
  const rows = ROWS_OF_D.map(([policy, arm, deadShare, guide]) => {
    const run = average({ policy, arm, deadShare, providers: 500 }, several)
    return [policy, arm, `${deadShare * 100} %`, beside(`${percent(run.success)}, ${times(run.firstToken)}`, guide)]
  })
  return {
    title: 'D. Dead but advertised peers, 500 peers, load 0.3',
    head: ['policy', 'arm', 'dead', 'ok %, first token'],
    rows
  }
}
