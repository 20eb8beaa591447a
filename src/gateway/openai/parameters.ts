import { z } from 'zod'
import { MAX_LOGPROBS, MAX_STOP_LENGTH, MAX_STOP_STRINGS, MAX_TOP_K, type Sampling } from '../../interface/index.ts'
import { compact } from '../compact.ts'

const stopText = z.string().min(1).max(MAX_STOP_LENGTH)

/** Most characters of a model's name; engines refuse longer ones too. */
export const modelName = z.string().min(1).max(128).describe('A name of /v1/models, a digest prefix, or auto')

/** Images are always read as they are. */
export const imageDetail = z.enum(['auto', 'high'], 'images are read as they are').nullish()

/** A number of tokens to generate. Clamped to what the context leaves. */
export const tokenLimit = z.int().min(1)

/** OpenAI's library puts this beside what it has parsed, and sends it along with the next turn. */
export const parsedByClient = z.unknown().optional().describe('Made by the client; no part of a prompt')

/** The text that ends an answer, or several. */
export const stopTexts = z.union([stopText, z.array(stopText).max(MAX_STOP_STRINGS)])

/** How many rivals of each token are reported. */
export const topLogprobs = z.int().min(0).max(MAX_LOGPROBS)

/** How tokens are drawn, with what llama.cpp and vLLM add to OpenAI's parameters. */
export const samplingFields = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.int().min(0).max(MAX_TOP_K).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  seed: z.int().nullish().describe('Any whole number; its lowest 32 bits are used'),
  repeat_penalty: z.number().min(0.5).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish()
}

/** What clients say about themselves. It changes no answer, and is not passed on. */
export const callerFields = {
  user: z.string().nullish().describe('Taken and not passed on'),
  safety_identifier: z.string().nullish().describe('Taken and not passed on'),
  prompt_cache_key: z
    .string()
    .min(1)
    .max(64)
    .nullish()
    .describe('Names the conversation, so that its cached prefix is found'),
  store: z.literal(false, 'nothing is stored here').nullish(),
  service_tier: z.enum(['auto', 'default'], 'there is one tier').nullish()
}

type SamplingBody = { [Key in keyof typeof samplingFields]?: number | null | undefined }

/** The engine's sampling; undefined when the client sets nothing. */
export function readSampling(body: SamplingBody): Sampling | undefined {
  const sampling = compact({
    temperature: body.temperature,
    topP: body.top_p,
    topK: body.top_k,
    minP: body.min_p,
    seed: foldSeed(body.seed),
    repeatPenalty: body.repeat_penalty,
    frequencyPenalty: body.frequency_penalty,
    presencePenalty: body.presence_penalty
  })
  return Object.keys(sampling).length === 0 ? undefined : sampling
}

/** Clients draw seeds of 53 bits and negative ones; engines take 32 bits. The same seed stays the same. */
export function foldSeed(seed: number | null | undefined): number | undefined {
  return seed === null || seed === undefined ? undefined : seed >>> 0
}

/** Stop texts as a list. */
export function readStop(stop: string | string[] | null | undefined): string[] | undefined {
  if (stop === null || stop === undefined) return undefined
  return typeof stop === 'string' ? [stop] : stop
}
