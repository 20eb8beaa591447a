import { existsSync } from 'node:fs'
import {
  AUTO_MODEL,
  connectDaemon,
  createNode,
  DaemonNotRunningError,
  homePaths,
  type InferenceEngine,
  openLocalEngine
} from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { noteVersion } from '../daemon.ts'
import type { AskFlags } from './flags.ts'

/** An engine to ask, and how to let go of it. */
export interface AnswerSource {
  engine: InferenceEngine
  /** Who answers when the engine names nobody else. */
  peerId: string
  /** The model to ask the engine for, where it is not the flag's. */
  model?: string
  close(): Promise<void>
}

/**
 * Finds whom to ask: the running daemon; without one the built-in model or a file for `--local`; else a node that
 * joins the network for one question.
 */
export async function openSource(flags: AskFlags, context: CommandContext): Promise<AnswerSource> {
  const file = flags.local && flags.model !== AUTO_MODEL && existsSync(flags.model) ? flags.model : undefined
  if (file !== undefined) return { ...(await localSource([file])), model: AUTO_MODEL }
  const daemon = await findDaemon(context)
  if (daemon !== undefined) {
    for (const address of flags.bootstrap ?? []) await daemon.connect(address)
    return { engine: daemon.engine, peerId: daemon.peerId, close: () => daemon.engine.close() }
  }
  if (flags.local) return localSource([])
  const node = await createNode({
    home: homePaths().home,
    profile: 'client',
    mdns: flags.mdns,
    ...(flags.bootstrap && { bootstrap: flags.bootstrap })
  })
  return { engine: node.engine, peerId: node.peerId, close: () => node.stop() }
}

async function localSource(models: string[]): Promise<AnswerSource> {
  const { home, stateDirectory } = homePaths()
  // What was found out about a model is kept where there is a home; asking alone makes none.
  const engine = await openLocalEngine({ models, ...(existsSync(home) && { stateDirectory }) })
  return { engine, peerId: 'local', close: () => engine.close() }
}

async function findDaemon(context: CommandContext): Promise<Awaited<ReturnType<typeof connectDaemon>> | undefined> {
  try {
    const daemon = await connectDaemon(homePaths().socket)
    noteVersion(daemon.version, context)
    return daemon
  } catch (error) {
    if (error instanceof DaemonNotRunningError) return undefined
    throw error
  }
}
