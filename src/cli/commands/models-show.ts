import {
  InvalidRequestError,
  isAuto,
  type LocalModel,
  ModelNotFoundError,
  matchesModel,
  nearestNames,
  openModelLibrary
} from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { facts } from '../output/table.ts'
import { size } from '../output/units.ts'

/** `p2pai models show`: a model of this machine, else one of the catalog. */
export async function showModel(
  wanted: string,
  flags: { json?: boolean | undefined },
  { terminal }: CommandContext
): Promise<number> {
  if (wanted.trim() === '') throw new InvalidRequestError('no model is named', { details: { field: 'model' } })
  const library = await openModelLibrary()
  const model = await library.find(wanted)
  if (model !== undefined) {
    if (flags.json) await terminal.writeJson({ version: 1, model })
    else await terminal.write(facts(localFacts(model)))
    return 0
  }
  const catalog = await library.recommend()
  const entry = isAuto(wanted) ? undefined : catalog.find(({ name }) => matchesModel(wanted, { name, digest: '' }))
  if (entry === undefined) {
    const names = [...(await library.list()), ...catalog].map(({ name }) => name)
    throw new ModelNotFoundError(`no model ${JSON.stringify(wanted.slice(0, 80))} here or in the catalog`, {
      details: { suggestions: nearestNames(wanted, names) }
    })
  }
  if (flags.json) {
    await terminal.writeJson({ version: 1, catalog: entry })
    return 0
  }
  await terminal.write(
    facts([
      ['name', entry.name],
      ['state', `not installed; get it with: p2pai models pull ${entry.name}`],
      ['for', entry.purpose],
      ['source', `hf:${entry.repository}/${entry.file}`],
      ['size', `about ${size(entry.sizeBytes)}`],
      [
        'memory',
        `about ${size(entry.memoryBytes)}, ${entry.fits ? 'fits this machine' : 'more than this machine has'}`
      ],
      ['licence', entry.licence]
    ])
  )
  return 0
}

function localFacts(model: LocalModel): [string, string | number][] {
  const known: [string, string | number | undefined][] = [
    ['parameters', model.parameterCount],
    ['quantization', model.quantization],
    ['architecture', model.architecture],
    ['context', model.contextSizeTokens],
    ['licence', model.licence]
  ]
  return [
    ['name', model.name],
    ['state', stateOf(model)],
    ['digest', model.digest],
    ['size', size(model.sizeBytes)],
    ...known.flatMap(([name, value]): [string, string | number][] => (value ? [[name, value]] : [])),
    ['source', model.source],
    ['file', model.path]
  ]
}

function stateOf({ installed, place }: LocalModel): string {
  if (place === 'built-in') return 'comes with p2pai, shared when there is no better one'
  return installed ? 'installed' : `in the store of ${place}, used from there`
}
