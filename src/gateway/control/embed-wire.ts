import { z } from 'zod'
import type {
  AcceptedEvent,
  EmbedFacts,
  EmbedOptions,
  EmbedResult,
  ProgressEvent,
  RerankResult
} from '../../interface/index.ts'
import { routeSchema } from './generate-schema.ts'
import { toBase64, type WireError } from './wire.ts'

/** What `POST /embed` takes: the shape alone, the rest is the engine's to judge. */
export const embedBody = z.object({
  request: z.object({ model: z.string(), inputs: z.array(z.string()), deadlineMs: z.number().optional() }),
  route: routeSchema
})

/** What `POST /rerank` takes. */
export const rerankBody = z.object({
  request: z.object({
    model: z.string(),
    query: z.string(),
    documents: z.array(z.string()),
    deadlineMs: z.number().optional()
  }),
  route: routeSchema
})

/** One line of an answer. A result comes in pieces, so that no line grows with the number of texts. */
export type EmbedLine =
  | AcceptedEvent
  | ProgressEvent
  /** 32-bit floats in the order of this machine, which is also the reader's, as base64. */
  | { type: 'vector'; values: string }
  | { type: 'scores'; scores: number[] }
  | ({ type: 'end' } & EmbedFacts)
  | WireError

type Told = AcceptedEvent | ProgressEvent

/** What is told while the work goes on, and then its result, line by line. Throws what the work throws. */
export async function* embedLines(
  work: (onEvent: EmbedOptions['onEvent']) => Promise<EmbedResult | RerankResult>
): AsyncGenerator<EmbedLine> {
  const told: Told[] = []
  let wake: () => void = () => undefined
  const tell = (event: Told) => {
    // A sign of life that nobody has read yet is replaced by the newer one.
    if (told.at(-1)?.type === 'progress') told.pop()
    told.push(event)
    wake()
  }
  let isOver = false
  const over = () => {
    isOver = true
    wake()
  }
  const result = work(tell)
  result.then(over, over)
  for (;;) {
    for (let event = told.shift(); event !== undefined; event = told.shift()) yield event
    if (isOver) break
    await new Promise<void>(resolve => (wake = resolve))
  }
  yield* resultLines(await result)
}

function* resultLines(result: EmbedResult | RerankResult): Generator<EmbedLine> {
  if ('scores' in result) {
    const { scores, ...facts } = result
    yield { type: 'scores', scores }
    yield { type: 'end', ...facts }
    return
  }
  const { vectors, ...facts } = result
  for (const vector of vectors) {
    yield { type: 'vector', values: toBase64(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)) }
  }
  yield { type: 'end', ...facts }
}
