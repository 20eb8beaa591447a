import { parseArgs } from 'node:util'
import { InvalidRequestError, nearestNames } from '../../src/interface/index.ts'
import { verdict } from '../support.ts'
import { DEFAULTS, type SimConfig } from './config.ts'
import { type Changes, run } from './runs.ts'
import { SCENARIOS } from './scenarios.ts'
import { inMarkdown } from './table.ts'
import { TABLES } from './tables.ts'

/**
 * `npm run bench sim [S1 ... S7] [A ... E] [--seeds 1,2,3] [--run '{"policy":"fair"}']`: one JSON line a run, then the
 * tables and the targets. Without names all scenarios run.
 */
export function simulations(args: readonly string[]): void {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { seeds: { type: 'string', default: '1,2,3' }, run: { type: 'string' } }
  })
  const seeds = values.seeds.split(',').map(Number)
  if (values.run !== undefined) for (const seed of seeds) run({ seed, ...changesOf(values.run) })
  const names = positionals.length === 0 && values.run === undefined ? Object.keys(SCENARIOS) : positionals
  const texts = names.map(name => textOf(name, seeds))
  for (const text of texts) console.log(`\n${text}`)
}

function textOf(name: string, seeds: readonly number[]): string {
  const scenario = SCENARIOS[name]
  if (scenario !== undefined) return scenario({ seeds }).map(verdict).join('\n')
  const table = TABLES[name]
  if (table !== undefined) return inMarkdown(table({ several: seeds, one: seeds.slice(0, 1) }))
  const known = [...Object.keys(SCENARIOS), ...Object.keys(TABLES)]
  throw new InvalidRequestError(`no scenario or table ${JSON.stringify(name)}; there are ${known.join(', ')}`, {
    details: { field: 'name', suggestions: nearestNames(name, known) }
  })
}

function changesOf(text: string): Changes {
  const changes: Record<string, unknown> = JSON.parse(text)
  const unknown = Object.keys(changes).find(key => !(key in DEFAULTS) && key !== 'tag')
  if (unknown === undefined) return changes as Partial<SimConfig>
  throw new InvalidRequestError(`no setting ${unknown}`, {
    details: { field: unknown, suggestions: nearestNames(unknown, Object.keys(DEFAULTS)) }
  })
}
