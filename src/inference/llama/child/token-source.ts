import type { LlamaContextSequence, LlamaGrammarEvaluationState, Token } from 'node-llama-cpp'
import { type DrawOptions, SEED_STEP } from './sampling.ts'

/** A token, and how likely it and its rivals were after top-k, top-p and temperature. */
export interface DrawnToken {
  id: number
  likelihood?: { logprob: number; top: { id: number; logprob: number }[] }
}

/** Draws one token after the other. Each `next` evaluates the token before. */
export interface TokenSource {
  next(): Promise<DrawnToken>
  close(): Promise<void>
}

/** What a source starts with. */
export interface SourceInit {
  sequence: LlamaContextSequence
  /** What is not evaluated yet: the last token of the prompt, or more. */
  input: readonly Token[]
  draw: DrawOptions
  grammarState?: LlamaGrammarEvaluationState
  /** Rivals to report; undefined reports no likelihoods. */
  logprobs?: number
  /** Each draw depends on the seed and its place alone, so that an answer that goes on elsewhere is what it would have been. */
  isStepped: boolean
}

/** Chooses how to draw: likelihoods need another call of the library, and with a grammar yet another. */
export function tokenSource(init: SourceInit): TokenSource {
  const { logprobs, grammarState, isStepped } = init
  if (logprobs !== undefined && grammarState === undefined) return likelihoodSource(init, logprobs)
  const open = logprobs === undefined ? plainSource : (from: SourceInit) => boundSource(from, logprobs)
  return isStepped ? steppedSource(init, open) : open(init)
}

/** A sampler draws one random number after the other, so each place gets a new one with a seed of its own. */
function steppedSource(init: SourceInit, open: (init: SourceInit) => TokenSource): TokenSource {
  let { input } = init
  let step = 0
  return {
    next: async () => {
      const source = open({ ...init, input, draw: seededFor(init.draw, step++) })
      try {
        const drawn = await source.next()
        input = [drawn.id as Token]
        return drawn
      } finally {
        await source.close()
      }
    },
    close: async () => undefined
  }
}

/** How a token is drawn so many places after the first of a source. */
export function seededFor(draw: DrawOptions, places: number): DrawOptions {
  return { ...draw, seed: (draw.seed + places * SEED_STEP) >>> 0 }
}

function plainSource({ sequence, input, draw, grammarState }: SourceInit): TokenSource {
  const options = { ...draw, yieldEogToken: true, ...(grammarState && { grammarEvaluationState: grammarState }) }
  const iterator = sequence.evaluate([...input], options)
  return {
    next: async () => ({ id: drawn((await iterator.next()).value ?? undefined) }),
    close: async () => {
      await iterator.return()
    }
  }
}

/** Asks for the logits of the few tokens that are reported, which costs far less than all probabilities. */
function likelihoodSource({ sequence, input: first, draw }: SourceInit, rivals: number): TokenSource {
  let input = first
  let step = 0
  return {
    next: async () => {
      // Each call makes a new sampler, which would draw the same random number again from the same seed.
      const options = seededFor(draw, step++)
      const filter = { tokens: [], includeTop: Math.max(1, rivals), includeSelected: true }
      const generateNext = { token: true, totalLogitWeight: true, logits: { filter }, options } as const
      const last = input.at(-1)!
      const outputs = await sequence.controlledEvaluate([...input.slice(0, -1), [last, { generateNext }]])
      const output = outputs.at(-1)
      const token = drawn(output?.next.token)
      const logits = [...(output?.next.logits ?? new Map<Token, number>())].sort((a, b) => b[1] - a[1])
      const offset = (logits[0]?.[1] ?? 0) + Math.log(output?.next.totalLogitWeight ?? 1)
      input = [token]
      return { id: token, likelihood: likelihood(token, logits, logit => logit - offset, rivals) }
    },
    close: async () => undefined
  }
}

/** A grammar is bound to `evaluate`, which gives all probabilities or none. */
function boundSource({ sequence, input, draw, grammarState }: SourceInit, rivals: number): TokenSource {
  const options = { ...draw, yieldEogToken: true, ...(grammarState && { grammarEvaluationState: grammarState }) }
  const iterator = sequence.evaluateWithMetadata([...input], { probabilities: true }, options)
  return {
    next: async () => {
      const { value } = await iterator.next()
      const token = drawn(value?.token)
      const ranked = [...(value?.probabilities ?? new Map<Token, number>())].sort((a, b) => b[1] - a[1])
      return { id: token, likelihood: likelihood(token, ranked, Math.log, rivals) }
    },
    close: async () => {
      await iterator.return()
    }
  }
}

function likelihood(
  token: Token,
  ranked: [Token, number][],
  logprobOf: (value: number) => number,
  rivals: number
): DrawnToken['likelihood'] {
  const own = ranked.find(([id]) => id === token)
  return {
    logprob: finite(own === undefined ? 0 : logprobOf(own[1])),
    top: ranked.slice(0, rivals).map(([id, value]) => ({ id, logprob: finite(logprobOf(value)) }))
  }
}

/** Filters leave a single token with a likelihood of 1; what they removed would be minus infinity. */
function finite(logprob: number): number {
  return Number.isFinite(logprob) ? Math.min(0, logprob) : -100
}

function drawn(token: Token | null | undefined): Token {
  if (token === undefined || token === null) throw new Error('the model gave no token')
  return token
}
