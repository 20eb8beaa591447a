/**
 * p2pai as a library: run a node, ask the network, serve an engine.
 *
 * Importing it costs next to nothing: libp2p and llama.cpp are loaded with the first call that needs them.
 *
 * @example
 * ```ts
 * import { createNode } from 'p2pai'
 *
 * await using node = await createNode({ bootstrap: ['/ip4/192.0.2.7/tcp/11436/p2p/12D3KooW…'] })
 * for await (const text of node.ask('What is the capital of France?')) process.stdout.write(text)
 * ```
 *
 * @packageDocumentation
 */
import type { Ledger, Verification } from './accounting/index.ts'
import type {
  LlamaEngine,
  LlamaEngineInit,
  ModelLibrary,
  UpstreamEngine,
  UpstreamEngineInit
} from './inference/index.ts'
import type { InferenceEngine } from './interface/index.ts'
import type { P2paiNode } from './node/create-node.ts'
import type { Daemon, DaemonOptions, LocalEngineOptions } from './node/daemon/index.ts'
import type { DiagnoseOptions } from './node/doctor/diagnose.ts'
import type { Finding } from './node/doctor/finding.ts'
import type { NodeOptions } from './node/options.ts'
import type { SessionStore } from './node/sessions/store.ts'

export type { BadLine, KeptReceipt, Ledger, PairSum, Verification } from './accounting/index.ts'
export { connectDaemon, type DaemonClient } from './gateway/control/client.ts'
export type {
  CatalogEntry,
  LlamaEngine,
  LlamaEngineInit,
  LocalModel,
  ModelLibrary,
  ModelPlace,
  ModelPurpose,
  Recommendation,
  UpstreamEngine,
  UpstreamEngineInit,
  UpstreamFeature
} from './inference/index.ts'
export * from './interface/index.ts'
export { AnswerClock, collectAnswer } from './node/answer.ts'
export type { P2paiNode } from './node/create-node.ts'
export type { Daemon, DaemonOptions, DaemonReady, LocalEngineOptions } from './node/daemon/index.ts'
export type { DiagnoseOptions } from './node/doctor/diagnose.ts'
export type { Finding, FindingStatus } from './node/doctor/finding.ts'
export { type HomePaths, homePaths } from './node/home/paths.ts'
export type { NodeEvents } from './node/node-events.ts'
export type { LogLevel, NodeLog, NodeOptions, ProfileName, SharingOptions } from './node/options.ts'
export {
  type Cut,
  newSession,
  SESSION_ID,
  type Session,
  type SessionSummary,
  type SessionTurn,
  titleOf
} from './node/sessions/session.ts'
export type { SessionStore } from './node/sessions/store.ts'

/**
 * Starts a node and resolves when it listens; peers are found in the background.
 * Throws `InvalidAddressError`, `AddressInUseError`, `InvalidKeyError` or `HomeUnusableError`.
 */
export async function createNode(options: NodeOptions = {}): Promise<P2paiNode> {
  const { createNode: create } = await import('./node/create-node.ts')
  return await create(options)
}

/**
 * Starts what `p2pai serve` runs: a node with models, the lock of its home and the control socket.
 * Throws `DaemonRunningError`, `HomeUnusableError`, `InvalidKeyError`, `AddressInUseError`, or what a model fails with.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { startDaemon: start } = await import('./node/daemon/index.ts')
  return await start(options)
}

/**
 * Checks one text of an option of `startDaemon`, or of its list, without starting anything: whether it is an address, a
 * peer, an origin and so on. Throws `InvalidRequestError` or `InvalidAddressError`.
 */
export async function checkDaemonOption(name: keyof DaemonOptions, text: string): Promise<void> {
  const { checkDaemonOption: check } = await import('./node/daemon/check-option.ts')
  check(name, text)
}

/**
 * Opens models in this machine alone, without a network: the built-in one, or those named.
 * Throws `BadModelError` or `ModelNotFoundError`.
 */
export async function openLocalEngine(options: LocalEngineOptions = {}): Promise<InferenceEngine> {
  const { openLocalEngine: open } = await import('./node/daemon/index.ts')
  return await open(options)
}

/** An engine over a GGUF file, in a process of its own. Throws `BadModelError` for a file that is no usable model. */
export async function llamaEngine(init: LlamaEngineInit): Promise<LlamaEngine> {
  const { llamaEngine: open } = await import('./inference/index.ts')
  return await open(init)
}

/**
 * An engine over a server that speaks OpenAI's API, which is looked at before this resolves. One that is not running
 * is an engine all the same: its models are `failed`, or not known yet, until it is there. Throws `InvalidRequestError`
 * for a URL that cannot be used.
 */
export async function upstreamEngine(init: UpstreamEngineInit): Promise<UpstreamEngine> {
  const { upstreamEngine: open } = await import('./inference/index.ts')
  const engine = open(init)
  // What is wrong is in the log, and in the engine's status; it goes on looking.
  await engine.refresh().catch(() => undefined)
  return engine
}

/**
 * The models of a home: what is installed, what other programs have fetched, and what can be got. Nothing is read
 * before it is asked something. Throws `InvalidRequestError` for an `HF_ENDPOINT` or `HF_TOKEN` that cannot be used.
 */
export async function openModelLibrary(home?: string): Promise<ModelLibrary> {
  const { openLocalModels } = await import('./node/local-models.ts')
  return openLocalModels(home)
}

/** The peer id of a home's key; the key is made if there is none. Throws `InvalidKeyError` or `HomeUnusableError`. */
export async function homePeerId(home?: string): Promise<string> {
  const { homePeerId: read } = await import('./node/home/identity.ts')
  return await read(home)
}

/**
 * Writes the configuration file of a home, `homePaths(home).config`, whole and readable for this user alone. Returns
 * its path. Throws `HomeUnusableError`.
 */
export async function writeConfigFile(text: string, home?: string): Promise<string> {
  const { writeConfigFile: write } = await import('./node/home/config-file.ts')
  return await write(text, home)
}

/**
 * Looks at everything that p2pai needs on this machine, as `p2pai doctor` does, and gives what it finds one by one.
 * Throws `AbortedError` alone.
 */
export async function* diagnose(options: DiagnoseOptions = {}): AsyncGenerator<Finding> {
  const { diagnose: look } = await import('./node/doctor/diagnose.ts')
  yield* look(options)
}

/** The version of an installed package that p2pai stands on, without loading it; `null` when it is not installed. */
export async function installedVersion(name: 'libp2p' | 'node-llama-cpp'): Promise<string | null> {
  const { installedVersion: read } = await import('./node/version.ts')
  return read(name)
}

/**
 * The conversations of a home, as `ask` and `chat` keep them. The home is made if it is missing.
 * Throws `HomeUnusableError`.
 */
export async function openSessions(home?: string): Promise<SessionStore> {
  const { openSessions: open } = await import('./node/sessions/index.ts')
  return await open(home)
}

/**
 * The ledger of a home: who gave and took how much, and the receipts of it. The home is made if it is missing.
 * Throws `HomeUnusableError`.
 */
export async function openLedger(home?: string): Promise<Ledger> {
  const { openHomeLedger } = await import('./node/books/open-ledger.ts')
  return await openHomeLedger(home)
}

/**
 * Checks a file of receipts of anybody, in pieces of text, as `p2pai ledger verify` does: both signatures, what they
 * say of each other, and that nothing counts twice. Throws what reading throws, and nothing of its own.
 */
export async function verifyReceipts(chunks: AsyncIterable<string>): Promise<Verification> {
  const { verifyReceipts: verify, OPENING } = await import('./node/books/index.ts')
  return await verify(chunks, OPENING)
}
