import type { EngineEvent, GenerateRequest, P2paiError, RemoteGenerate } from '../../../src/interface/index.ts'
import { Dialer } from '../../../src/node/dial.ts'
import { INFER_PROTOCOL, inferClient } from '../../../src/protocols/infer/index.ts'
import { request } from './frames.ts'
import { addressOf, type Dialled, type RawPeer } from './raw-peer.ts'

/** The asking side, with patience that a test can wait for. */
export function asker(peer: RawPeer, patience: { acceptTimeoutMs?: number; silenceMs?: number } = {}): RemoteGenerate {
  const dialer = new Dialer(peer, () => [])
  return inferClient({
    selfId: peer.peerId.toString(),
    openStream: async (target, signal) => await dialer.openStream(target, INFER_PROTOCOL, signal),
    ...patience
  })
}

/** What a reader got before the end or the failure. */
export interface Asked {
  events: EngineEvent[]
  text: string
  error: P2paiError | undefined
}

/** Reads events to their end or failure. */
export async function read(events: AsyncIterable<EngineEvent>): Promise<Asked> {
  const asked: Asked = { events: [], text: '', error: undefined }
  try {
    for await (const event of events) {
      asked.events.push(event)
      if (event.type === 'delta') asked.text += event.text
    }
  } catch (error) {
    asked.error = error as P2paiError
  }
  return asked
}

/** Asks one peer over the wire. */
export async function ask(
  remote: RemoteGenerate,
  to: Dialled,
  changes: Partial<GenerateRequest> = {},
  signal = new AbortController().signal
): Promise<Asked> {
  return await read(remote(addressOf(to), request(changes), signal))
}
