import { average, type Changes } from './runs.ts'
import { short, type Table, type TableSeeds } from './table.ts'

const NETWORKS: readonly (readonly [name: string, changes: Changes])[] = [
  ['edge, 500 peers', { mix: 'edge', providers: 500 }],
  ['edge, lengths with habits', { mix: 'edge', providers: 500, lengths: 'habits' }],
  ['load 0.6, 500 peers', { load: 0.6, providers: 500 }],
  ['load 0.6, lengths with habits', { load: 0.6, providers: 500, lengths: 'habits' }],
  ['load 0.3, 1,000 peers', {}]
]

const STEPS: readonly (readonly [name: string, changes: Changes])[] = [
  ["guide's rules and times", { foresight: 'mean', usesTies: false, timeLimits: 'guide' }],
  ['times as shipped', { foresight: 'mean', usesTies: false }],
  ['with lengths learnt', { usesTies: false }],
  ['and ties, as shipped', {}],
  ['oracle', { policy: 'oracle', arm: 'F' }]
]

/** What ships beside the policy of the guide, step by step. For seeds that nothing was tuned on, such as 11 to 14. */
export function tableE({ several }: TableSeeds): Table {
  const rows = NETWORKS.map(([name, network]) => [
    name,
    ...STEPS.map(([, step]) => {
      const { firstToken, meanCompletion } = average({ ...network, ...step }, several)
      return `${short(firstToken.p95)} / ${short(meanCompletion)}`
    })
  ])
  return {
    title: "E. What was gained since the guide's policy: p95 of the first token / mean completion in seconds",
    head: ['network', ...STEPS.map(([name]) => name)],
    rows
  }
}
