import type { Token } from 'node-llama-cpp'
import { InternalError, MAX_MARGIN, throwIfAborted } from '../../../interface/index.ts'
import type { ChildScore } from '../ipc.ts'
import { prefill, reuseCache } from './generate.ts'
import type { LoadedModel, Slot } from './loaded-model.ts'
import type { Run } from './run.ts'

/** Each of these positions brings its logits, a number for each token that the model knows: 20 MB at 150,000. */
const CHUNK_TOKENS = 32

/**
 * Reads the prompt, and the answer after it with its logits: one pass, nothing is drawn. Throws `AbortedError` between
 * ticks.
 */
export async function score(loaded: LoadedModel, slot: Slot, run: Run): Promise<ChildScore> {
  const { tokens, resumedTokens, request } = run.prepared
  const first = tokens.length - resumedTokens
  // The last token of the prompt foretells the first one of the answer.
  await reuseCache(slot, tokens.slice(0, first), request.tenant)
  await prefill(loaded, slot, run, first - 1)
  const margins = new Float32Array(resumedTokens)
  for (let done = 0; done < resumedTokens; ) {
    throwIfAborted(run.abort.signal)
    run.done = first + done
    const count = Math.min(resumedTokens - done, CHUNK_TOKENS, loaded.pacer.chunkTokens)
    const from = first - 1 + done
    const wanted = tokens.slice(from + 1, from + 1 + count)
    const evaluate = async () =>
      slot.sequence.controlledEvaluate(
        tokens.slice(from, from + count).map((token, index) => read(token, wanted[index]!))
      )
    const outputs = await loaded.gate.prefill(count, evaluate, request.tenant)
    for (const [index, output] of outputs.entries()) margins[done + index] = margin(output?.next.logits, wanted[index]!)
    done += count
  }
  throwIfAborted(run.abort.signal)
  return { promptTokens: tokens.length, margins }
}

/** Temperature 0 filters nothing, so that every token has its logit. */
function read(token: Token, wanted: Token) {
  const logits = { filter: { tokens: [wanted], includeTop: 1 } }
  return [token, { generateNext: { logits, options: { temperature: 0 } } }] as [
    Token,
    { generateNext: { logits: typeof logits; options: { temperature: number } } }
  ]
}

function margin(logits: Map<Token, number> | undefined, wanted: Token): number {
  const given = logits?.get(wanted)
  const best = Math.max(...(logits?.values() ?? []))
  // Whoever computes nonsense must not judge others by it.
  if (given === undefined || Number.isNaN(given) || !Number.isFinite(best)) {
    throw new InternalError('the model computes values that are not numbers')
  }
  return Math.min(MAX_MARGIN, Math.max(0, best - given))
}
