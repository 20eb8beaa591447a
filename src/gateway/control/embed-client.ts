import {
  type EmbedFacts,
  type EmbedOptions,
  type EmbedRequest,
  type EmbedResult,
  ProviderLostError,
  type RerankRequest,
  type RerankResult
} from '../../interface/index.ts'
import type { EmbedLine } from './embed-wire.ts'
import { callSocket, readLines } from './socket-request.ts'
import { failureFromWire, fromBase64 } from './wire.ts'

/** Vectors of the daemon behind a socket. Leaving breaks the connection, which ends the work. */
export async function embedOverSocket(
  socket: string,
  request: EmbedRequest,
  options: EmbedOptions
): Promise<EmbedResult> {
  const vectors: Float32Array[] = []
  const facts = await readResult({ socket, path: '/embed', request, options }, line => {
    if (line.type === 'vector') vectors.push(new Float32Array(fromBase64(line.values).buffer))
  })
  return { ...facts, vectors }
}

/** As `embedOverSocket`, for ranks. */
export async function rerankOverSocket(
  socket: string,
  request: RerankRequest,
  options: EmbedOptions
): Promise<RerankResult> {
  let scores: number[] = []
  const facts = await readResult({ socket, path: '/rerank', request, options }, line => {
    if (line.type === 'scores') scores = line.scores
  })
  return { ...facts, scores }
}

interface Call {
  socket: string
  path: string
  request: EmbedRequest | RerankRequest
  options: EmbedOptions
}

async function readResult(
  { socket, path, request, options }: Call,
  onPart: (line: EmbedLine) => void
): Promise<EmbedFacts> {
  const { signal, route, onEvent } = options
  const body = { request, ...(route && { route }) }
  const response = await callSocket({ socket, method: 'POST', path, body, signal })
  for await (const text of readLines(response, signal)) {
    const line = JSON.parse(text) as EmbedLine
    if (line.type === 'error') throw failureFromWire(line.error)
    if (line.type === 'accepted' || line.type === 'progress') onEvent?.(line)
    else if (line.type !== 'end') onPart(line)
    else {
      const { type: _, ...facts } = line
      return facts
    }
  }
  throw new ProviderLostError('the daemon ended the answer before its end')
}
