import {
  type EngineEvent,
  type EngineStatus,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type ModelInfo,
  ProviderLostError
} from '../../interface/index.ts'
import { embedOverSocket, rerankOverSocket } from './embed-client.ts'
import { callSocket, readLines } from './socket-request.ts'
import { eventFromWire, failureFromWire, requestToWire, type WireError, type WireEvent } from './wire.ts'

/** The daemon behind a socket as an engine. Leaving the loop breaks the connection, which ends the work. */
export function daemonEngine(
  socket: string,
  look: () => Promise<{ models: ModelInfo[]; status: EngineStatus[] }>
): InferenceEngine {
  let lastSeen: EngineStatus[] = []
  return {
    kind: 'daemon',
    async models() {
      const { models, status } = await look()
      lastSeen = status
      return models
    },
    /** As of the last call of `models()`. */
    status: () => lastSeen,
    generate: (request, options = {}) => generate(socket, request, options),
    embed: (request, options = {}) => embedOverSocket(socket, request, options),
    rerank: (request, options = {}) => rerankOverSocket(socket, request, options),
    close: async () => undefined
  }
}

async function* generate(
  socket: string,
  request: GenerateRequest,
  { signal, route }: GenerateOptions
): AsyncGenerator<EngineEvent> {
  const body = { request: requestToWire(request), ...(route && { route }) }
  const response = await callSocket({ socket, method: 'POST', path: '/generate', body, signal })
  for await (const line of readLines(response, signal)) {
    const event = JSON.parse(line) as WireEvent | WireError
    if (event.type === 'error') throw failureFromWire(event.error)
    yield eventFromWire(event)
    if (event.type === 'end') return
  }
  throw new ProviderLostError('the daemon ended the answer before its end')
}
