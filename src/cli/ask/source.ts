import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AbortedError,
  AUTO_MODEL,
  connectDaemon,
  createNode,
  type DaemonClient,
  DaemonNotRunningError,
  homePaths,
  type InferenceEngine
} from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { noteVersion } from '../daemon.ts'
import { printableLine } from '../output/printable.ts'
import { BootstrapDials, explainBootstrap } from './bootstrap.ts'
import type { AskFlags } from './flags.ts'
import { openOwnEngine } from './local.ts'

/** Somebody to ask, and how to let go of it. */
export interface AnswerSource {
  generate: InferenceEngine['generate']
  /** Who answers when the events name nobody else. */
  peerId: string
  /** The model to ask for, where it is not the flag's. */
  model?: string
  close(): Promise<void>
}

/** Peers learn from the connection's end what a polite goodbye would tell them; nobody should wait for it. */
const CLOSE_TIMEOUT_MS = 1000

/** Lets go of a source, in good order if that is quick. */
export async function closeSource(source: AnswerSource): Promise<void> {
  await Promise.race([source.close(), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
}

/**
 * Finds whom to ask: the running daemon; without one a file or an installed model for `--local`; else a node that
 * joins the network for one question.
 */
export async function openSource(flags: AskFlags, context: CommandContext, signal: AbortSignal): Promise<AnswerSource> {
  const named = flags.local && flags.model !== AUTO_MODEL ? flags.model : undefined
  if (named !== undefined && existsSync(named)) return localSource(named, context)
  const daemon = await findDaemon(context)
  if (daemon !== undefined) {
    await introduce(daemon, flags.bootstrap ?? [], context, signal)
    return source(daemon.engine, daemon.peerId, () => daemon.engine.close())
  }
  if (flags.local) return localSource(named, context)
  return nodeSource(flags)
}

function source(engine: InferenceEngine, peerId: string, close: () => Promise<void>): AnswerSource {
  return { generate: (request, options) => engine.generate(request, options), peerId, close }
}

/** The file or name is what was opened, so that whatever the model calls itself, it is the one that answers. */
async function localSource(model: string | undefined, { terminal }: CommandContext): Promise<AnswerSource> {
  const engine = await openOwnEngine(model, terminal)
  return { ...source(engine, 'local', () => engine.close()), model: AUTO_MODEL }
}

/** Lets the daemon dial `--bootstrap`. It may have a provider without, so what it cannot reach is only a warning. */
async function introduce(
  daemon: DaemonClient,
  addresses: string[],
  { terminal, json }: CommandContext,
  signal: AbortSignal
): Promise<void> {
  if (addresses.length === 0) return
  const dials = new BootstrapDials(addresses, address => daemon.connect(address))
  await unlessAborted(dials.settled, signal)
  // As with versions, scripts that read JSON are not told what is no error.
  if (dials.problem !== undefined && !json) terminal.note(terminal.paint('yellow', printableLine(dials.problem)))
}

async function nodeSource({ bootstrap = [], mdns, peer }: AskFlags): Promise<AnswerSource> {
  const { home, peers } = homePaths()
  const node = await createNode({ home, profile: 'client', mdns, bootstrap })
  const asked = source(node.engine, node.peerId, () => node.stop())
  if (bootstrap.length === 0) return asked
  // The node dials these too, and shares the dials; it only does not tell what came of them.
  const dials = new BootstrapDials(bootstrap, address => node.connect(address))
  const hasOtherWays = (): boolean => mdns || peer !== undefined || existsSync(peers) || node.status().connections > 0
  return { ...asked, generate: explainBootstrap(asked.generate, dials, hasOtherWays) }
}

async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason ?? new AbortedError('interrupted'))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  try {
    await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function findDaemon(context: CommandContext): Promise<DaemonClient | undefined> {
  try {
    const daemon = await connectDaemon(homePaths().socket)
    noteVersion(daemon.version, context)
    return daemon
  } catch (error) {
    if (error instanceof DaemonNotRunningError) return undefined
    throw error
  }
}
