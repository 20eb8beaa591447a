import type { LlamaModel, Token } from 'node-llama-cpp'
import { type FinishReason, type TokenLogprob, throwIfAborted } from '../../../interface/index.ts'
import type { ChildEnd } from '../ipc.ts'
import type { LoadedModel, Slot } from './loaded-model.ts'
import type { Outbox } from './outbox.ts'
import { newConversationTag } from './prepare.ts'
import type { Release } from './release.ts'
import type { Run } from './run.ts'
import { drawOptions } from './sampling.ts'
import { type DrawnToken, seededFor, type TokenSource, tokenSource } from './token-source.ts'

/** Fewer tokens than this say nothing about speed. */
const MIN_MEASURED_TOKENS = 8

/** Answers one prepared request on one slot: the only token loop there is. Throws `AbortedError` between ticks. */
export async function generate(loaded: LoadedModel, slot: Slot, run: Run, outbox: Outbox): Promise<ChildEnd> {
  const { tokens, request, resumedTokens } = run.prepared
  const startedAtMs = performance.now()
  const cachedPromptTokens = await reuseCache(slot, tokens, request.tenant)
  await prefill(loaded, slot, run, tokens.length - 1)
  const prefilledAtMs = performance.now()
  run.phase = 'decoding'
  run.done = 0
  run.total = run.prepared.maxTokens
  const decoded = await decode(loaded, slot, run, outbox)
  const { completionTokens } = decoded
  const decodeMs = performance.now() - prefilledAtMs
  if (completionTokens >= MIN_MEASURED_TOKENS) loaded.decodeSpeed.record(completionTokens, decodeMs)
  // Models with a sliding window or a recurrent state find a cached beginning only from a checkpoint.
  if (slot.sequence.needsCheckpoints) await slot.sequence.takeCheckpoint()
  const conversationTag = newConversationTag()
  slot.tag = Buffer.from(conversationTag).toString('hex')
  return {
    id: run.id,
    ...decoded,
    // What was given of the answer is not of the prompt, though it is read with it.
    promptTokens: tokens.length - resumedTokens,
    cachedPromptTokens: Math.min(cachedPromptTokens, tokens.length - resumedTokens),
    prefillMs: Math.round(prefilledAtMs - startedAtMs),
    decodeMs: Math.round(decodeMs),
    conversationTag
  }
}

/** Keeps the common beginning of what the slot holds, but for the last token; nothing of another tenant. Returns how much. */
export async function reuseCache(slot: Slot, tokens: Token[], tenant: string): Promise<number> {
  // One token at least is evaluated, because drawing needs its result.
  await slot.sequence.adaptStateToTokens(slot.tenant === tenant ? tokens.slice(0, -1) : [], false)
  slot.tenant = tenant
  return slot.sequence.nextTokenIndex
}

/** Reads the prompt up to `end`, in parts that let others have their tokens between. */
export async function prefill(loaded: LoadedModel, slot: Slot, run: Run, end: number): Promise<void> {
  const { tokens } = run.prepared
  let position = slot.sequence.nextTokenIndex
  run.phase = 'prefill'
  run.total = tokens.length
  while (position < end) {
    throwIfAborted(run.abort.signal)
    run.done = position
    const chunk = tokens.slice(position, Math.min(end, position + loaded.pacer.chunkTokens))
    const read = async () => {
      const startedAtMs = performance.now()
      await slot.sequence.evaluateWithoutGeneratingNewTokens(chunk)
      return performance.now() - startedAtMs
    }
    const tookMs = await loaded.gate.prefill(chunk.length, read, run.prepared.request.tenant)
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
): Promise<Pick<ChildEnd, 'finishReason' | 'stopSequence' | 'completionTokens' | 'thoughtTokens'>> {
  const { tokens, request, reader, constraint, maxTokens, maxThoughtTokens, closingTokens, stopTokens, resumedTokens } =
    run.prepared
  const { model, gate } = loaded
  const generated: number[] = []
  const thoughtsBefore = reader.thoughtTokens
  const given: readonly number[] = resumedTokens > 0 ? tokens.slice(-resumedTokens) : []
  const draw = drawOptions(request.sampling, () => [...given, ...generated])
  const send = (releases: Release[]) => {
    for (const release of releases) {
      run.credit.sent(release.tokenIds.length)
      outbox.add(run.id, release)
    }
  }
  const open = (input: readonly Token[]) =>
    tokenSource({
      sequence: slot.sequence,
      input,
      draw: seededFor(draw, given.length + generated.length),
      isStepped: request.sampling.seed !== undefined && draw.temperature !== 0,
      ...(constraint.state && { grammarState: constraint.state }),
      ...(request.logprobs !== undefined && { logprobs: request.logprobs })
    })
  const measured = (token: DrawnToken) => (request.logprobs === undefined ? undefined : named(model, token))
  let input = tokens.slice(-1)
  let source: TokenSource | undefined
  let bound = constraint.state
  let finishReason: FinishReason = 'length'
  try {
    while (generated.length < maxTokens && !reader.isOver) {
      const closing = reader.isThinking && reader.thoughtTokens >= maxThoughtTokens ? closingTokens : []
      if (closing.length > 0 && generated.length + closing.length >= maxTokens) break
      send(reader.close(closing, id => measured({ id })))
      generated.push(...closing)
      await run.credit.room(run.abort.signal)
      throwIfAborted(run.abort.signal)
      // Whoever draws is made anew when something else than its own token comes next, or another grammar holds.
      if (source === undefined || closing.length > 0 || bound !== constraint.state) {
        await source?.close()
        source = open([...input, ...closing])
        bound = constraint.state
      }
      const { next } = source
      const token = await gate.decode(next)
      if (stopTokens.has(token.id) || model.isEogToken(token.id as Token)) {
        finishReason = reader.finishReason
        break
      }
      generated.push(token.id)
      input = [token.id as Token]
      run.done = generated.length
      send(reader.push(token.id, measured(token)))
    }
  } finally {
    await source?.close()
  }
  throwIfAborted(run.abort.signal)
  if (!reader.isOver) send(reader.flush())
  const { stopSequence } = reader
  return {
    finishReason: reader.isOver ? reader.finishReason : finishReason,
    // White space behind a bound answer ends it too, and nobody asked for that.
    ...(stopSequence !== undefined && request.stop.includes(stopSequence) && { stopSequence }),
    completionTokens: generated.length,
    thoughtTokens: reader.thoughtTokens - thoughtsBefore
  }
}

function named(model: LlamaModel, { id, likelihood }: DrawnToken): TokenLogprob {
  const textOf = (token: number) => model.detokenize([token as Token], true)
  return {
    token: textOf(id),
    logprob: likelihood?.logprob ?? 0,
    top: (likelihood?.top ?? []).map(rival => ({ token: textOf(rival.id), logprob: rival.logprob }))
  }
}
