import type { LlamaModel, Token } from 'node-llama-cpp'
import { type FinishReason, type TokenLogprob, throwIfAborted } from '../../../interface/index.ts'
import type { ChildEnd } from '../ipc.ts'
import { grammarStateAfter } from './grammar.ts'
import type { LoadedModel, Slot } from './loaded-model.ts'
import type { Outbox } from './outbox.ts'
import { newConversationTag } from './prepare.ts'
import type { Run } from './run.ts'
import { drawOptions } from './sampling.ts'
import { type DrawnToken, tokenSource } from './token-source.ts'
import { TokenText } from './token-text.ts'

/** Fewer tokens than this say nothing about speed. */
const MIN_MEASURED_TOKENS = 8

/** Answers one prepared request on one slot: the only token loop there is. Throws `AbortedError` between ticks. */
export async function generate(loaded: LoadedModel, slot: Slot, run: Run, outbox: Outbox): Promise<ChildEnd> {
  const { tokens, request } = run.prepared
  const startedAtMs = performance.now()
  const cachedPromptTokens = await reuseCache(slot, tokens, request.tenant)
  await prefill(loaded, slot, run)
  const prefilledAtMs = performance.now()
  run.phase = 'decoding'
  run.done = 0
  run.total = run.prepared.maxTokens
  const { finishReason, completionTokens } = await decode(loaded, slot, run, outbox)
  const decodeMs = performance.now() - prefilledAtMs
  if (completionTokens >= MIN_MEASURED_TOKENS) loaded.decodeSpeed.record(completionTokens, decodeMs)
  // Models with a sliding window or a recurrent state find a cached beginning only from a checkpoint.
  if (slot.sequence.needsCheckpoints) await slot.sequence.takeCheckpoint()
  const conversationTag = newConversationTag()
  slot.tag = Buffer.from(conversationTag).toString('hex')
  return {
    id: run.id,
    finishReason,
    promptTokens: tokens.length,
    cachedPromptTokens,
    completionTokens,
    prefillMs: Math.round(prefilledAtMs - startedAtMs),
    decodeMs: Math.round(decodeMs),
    conversationTag
  }
}

/** Keeps the common beginning of what the slot holds; nothing of another tenant. Returns how much. */
async function reuseCache(slot: Slot, tokens: Token[], tenant: string): Promise<number> {
  // One token at least is evaluated, because drawing needs its result.
  await slot.sequence.adaptStateToTokens(slot.tenant === tenant ? tokens.slice(0, -1) : [], false)
  slot.tenant = tenant
  return slot.sequence.nextTokenIndex
}

async function prefill(loaded: LoadedModel, slot: Slot, run: Run): Promise<void> {
  const { tokens } = run.prepared
  const end = tokens.length - 1
  let position = slot.sequence.nextTokenIndex
  run.phase = 'prefill'
  run.total = tokens.length
  while (position < end) {
    throwIfAborted(run.abort.signal)
    run.done = position
    const chunk = tokens.slice(position, Math.min(end, position + loaded.pacer.chunkTokens))
    const tookMs = await loaded.gate.prefill(chunk.length, async () => {
      const startedAtMs = performance.now()
      await slot.sequence.evaluateWithoutGeneratingNewTokens(chunk)
      return performance.now() - startedAtMs
    })
    loaded.pacer.record(chunk.length, tookMs)
    if (chunk.length >= MIN_MEASURED_TOKENS) loaded.prefillSpeed.record(chunk.length, tookMs)
    position += chunk.length
  }
}

async function decode(
  loaded: LoadedModel,
  slot: Slot,
  run: Run,
  outbox: Outbox
): Promise<{ finishReason: FinishReason; completionTokens: number }> {
  const { tokens, request, grammar, maxTokens, resumedTokens, stopTokens, stops } = run.prepared
  const { model, llama, gate } = loaded
  const given = resumedTokens > 0 ? tokens.slice(-resumedTokens) : []
  const generated: number[] = []
  const text = new TokenText({
    detokenize: (ids, before) => model.detokenize(ids as Token[], false, before as Token[]),
    stops,
    before: given
  })
  const source = tokenSource({
    sequence: slot.sequence,
    lastToken: tokens.at(-1)!,
    draw: drawOptions(request.sampling, () => generated),
    ...(grammar && { grammarState: grammarStateAfter(llama, model, grammar, given) }),
    ...(request.logprobs !== undefined && { logprobs: request.logprobs })
  })
  let finishReason: FinishReason = 'length'
  try {
    while (generated.length < maxTokens) {
      await run.credit.room(run.abort.signal)
      throwIfAborted(run.abort.signal)
      const token = await gate.decode(() => source.next())
      if (stopTokens.has(token.id) || model.isEogToken(token.id as Token)) {
        finishReason = 'stop'
        break
      }
      generated.push(token.id)
      run.done = generated.length
      const release = text.push(token.id, request.logprobs === undefined ? undefined : named(model, token))
      run.credit.sent(release.tokenIds.length)
      outbox.add(run.id, release)
      if (release.stopped) return { finishReason: 'stop', completionTokens: generated.length }
    }
  } finally {
    await source.close()
  }
  throwIfAborted(run.abort.signal)
  const rest = text.flush()
  outbox.add(run.id, rest)
  return { finishReason: rest.stopped ? 'stop' : finishReason, completionTokens: generated.length }
}

function named(model: LlamaModel, { id, likelihood }: DrawnToken): TokenLogprob {
  const textOf = (token: number) => model.detokenize([token as Token], true)
  return {
    token: textOf(id),
    logprob: likelihood?.logprob ?? 0,
    top: (likelihood?.top ?? []).map(rival => ({ token: textOf(rival.id), logprob: rival.logprob }))
  }
}
