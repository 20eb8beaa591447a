import { connectDaemon, homePaths, openModelLibrary } from '../../index.ts'

/** Whoever presses a key does not wait longer; what is known by then is offered. */
const PATIENCE_MS = 300

/** Names that are worth offering now. */
export interface LiveNames {
  models: string[]
  /** Names of peers where they have one that can be typed, and ids. */
  peers: string[]
  /** Models that can be removed. */
  installed: string[]
  /** Models that can be got. */
  catalog: string[]
  /** Keys of the configuration. */
  settings: string[]
}

/** Where no name is wanted. */
export const NO_NAMES: LiveNames = { models: [], peers: [], installed: [], catalog: [], settings: [] }

/**
 * Names of models and peers: from the daemon if one runs, and of the models on this machine. Ends after 300 ms with
 * what came by then; nothing of it may fail, because nobody would see why.
 */
export async function liveNames(patienceMs = PATIENCE_MS): Promise<Omit<LiveNames, 'settings'>> {
  const models = new Set<string>(['auto'])
  const peers = new Set<string>()
  const installed = new Set<string>()
  const catalog = new Set<string>()
  const asked = Promise.allSettled([
    (async () => {
      const daemon = await connectDaemon(homePaths().socket, patienceMs)
      const [found, known] = await Promise.all([daemon.models(), daemon.peers()])
      for (const { name } of found.models) models.add(name)
      for (const { label, peerId } of known) for (const name of [label, peerId]) peers.add(name)
    })(),
    (async () => {
      const library = await openModelLibrary()
      for (const { name } of await library.recommend()) catalog.add(name)
      for (const model of await library.list()) {
        for (const names of [models, catalog, ...(model.installed ? [installed] : [])]) names.add(model.name)
      }
    })()
  ])
  await Promise.race([asked, new Promise(resolve => setTimeout(resolve, patienceMs))])
  const plain = (names: Set<string>): string[] => [...names].filter(isPlain)
  return { models: plain(models), peers: plain(peers), installed: plain(installed), catalog: plain(catalog) }
}

/** Strangers choose these names, and a shell puts them on the command line: only what it takes for a plain word. */
function isPlain(name: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N}._:-]{0,127}$/u.test(name)
}
