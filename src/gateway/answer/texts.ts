import {
  type EmbedFacts,
  type EmbedOptions,
  type InferenceEngine,
  toP2paiError,
  UnsupportedFeatureError
} from '../../interface/index.ts'
import type { Call, Gateway } from '../gateway.ts'
import { renamed } from './field-names.ts'

/** Work on texts for one client. */
export interface TextWork<Result extends EmbedFacts> {
  /** Undefined where the engine knows no such work. */
  run(engine: InferenceEngine, options: EmbedOptions): Promise<Result> | undefined
  /** What the client calls the engine's `inputs`, and whether it gave them as a list. */
  inputs?: { name: string; isList: boolean }
}

/** What came of it. */
export interface TextAnswer<Result extends EmbedFacts> {
  result: Result
  /** Who answered: this node itself, or the provider. */
  peerId: string
  durationMs: number
}

/** Does the work, ends it when the client leaves, and tells who did it. Throws what engines throw, in the client's words. */
export async function workOnTexts<Result extends EmbedFacts>(
  call: Call,
  { node, inFlight, metrics }: Gateway,
  { run, inputs }: TextWork<Result>
): Promise<TextAnswer<Result>> {
  const leave = inFlight.enter()
  const startedAtMs = performance.now()
  try {
    const work = run(node.engine, { signal: call.req.raw.signal })
    if (work === undefined)
      throw new UnsupportedFeatureError('no model here does this', { details: { field: 'model' } })
    const result = await work
    const peerId = result.provider?.peerId ?? node.peerId
    call.header('x-p2pai-peer', peerId)
    metrics.read(call.get('route'), result.promptTokens)
    return { result, peerId, durationMs: performance.now() - startedAtMs }
  } catch (thrown) {
    if (inputs === undefined) throw thrown
    throw renamed(
      toP2paiError(thrown),
      inputs.isList ? { inputs: inputs.name } : { 'inputs[0]': inputs.name, inputs: inputs.name }
    )
  } finally {
    leave()
  }
}

/** The `p2pai` field of an answer about texts. */
export function textFacts({ result, peerId }: TextAnswer<EmbedFacts>) {
  return { peer: peerId, digest: result.model.digest }
}
