import {
  connectDaemon,
  DaemonNotRunningError,
  homePaths,
  type LocalModel,
  type NetworkModel,
  openModelLibrary
} from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { noteVersion } from '../daemon.ts'
import { table } from '../output/table.ts'
import { shortDigest, size } from '../output/units.ts'

/** `p2pai models ls`, also without a daemon. */
export async function models(flags: { json?: boolean | undefined }, context: CommandContext): Promise<number> {
  const { terminal } = context
  const library = await openModelLibrary()
  const builtIn = await library.builtIn()
  const others = await library.list()
  const here = [...others, ...(builtIn === undefined ? [] : [builtIn])]
  const found = await inReach(context)
  if (flags.json) {
    await terminal.writeJson({ version: 1, models: found ?? [], local: here })
    return 0
  }
  if (here.length > 0) await terminal.write(localTable(here))
  if (found !== undefined && found.length > 0) {
    if (here.length > 0) await terminal.write('\n')
    await terminal.write(reachTable(found))
  }
  if (others.length === 0) terminal.note('no model is installed; see what fits this machine: p2pai models recommend')
  if (found === undefined) terminal.note('models of peers are not shown, because no daemon is running')
  else if (found.length === 0) terminal.note('no model is in reach; share one with: p2pai serve')
  return 0
}

/** What the daemon can reach; undefined when none runs. */
async function inReach(context: CommandContext): Promise<NetworkModel[] | undefined> {
  try {
    const daemon = await connectDaemon(homePaths().socket)
    noteVersion(daemon.version, context)
    return (await daemon.models()).models
  } catch (error) {
    if (error instanceof DaemonNotRunningError) return undefined
    throw error
  }
}

function localTable(models: LocalModel[]): string {
  const rows = models.map(model => [
    model.name,
    shortDigest(model.digest),
    size(model.sizeBytes),
    model.installed ? (model.place === 'p2pai' ? 'installed' : `installed, file of ${model.place}`) : model.place
  ])
  return table(['ON THIS MACHINE', 'DIGEST', 'SIZE', 'PLACE'], rows)
}

function reachTable(models: NetworkModel[]): string {
  const rows = models.map(model => [
    model.name,
    shortDigest(model.digest),
    model.local ? 'yes' : 'no',
    model.providers,
    model.contextSizeTokens,
    model.warm ? 'warm' : 'cold'
  ])
  return table(['IN REACH', 'DIGEST', 'HERE', 'PEERS', 'CONTEXT', 'STATE'], rows)
}
