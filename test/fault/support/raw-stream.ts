import type { Stream } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import type { EngineEvent, P2paiError } from '../../../src/interface/index.ts'
import { decodeServerFrame } from '../../../src/protocols/infer/event-codec.ts'
import { readPrefix } from '../../../src/protocols/length-prefix.ts'
import { MAX_REQUEST_FRAME_BYTES } from '../../../src/protocols/stream-limits.ts'
import type { Random } from './random.ts'

/** What came back on a stream, read without any of the code under test but the codec. */
export interface Heard {
  events: EngineEvent[]
  error: P2paiError | undefined
  /** `closed`: the other side ended in order. `reset`: it broke off. */
  ending: 'closed' | 'reset'
}

/** Reads a stream to its end. Attaches at once, so it is to be called before anything can arrive. */
export async function hear(stream: Stream): Promise<Heard> {
  const { frames, ending } = await hearFrames(stream)
  const heard: Heard = { events: [], error: undefined, ending }
  for (const frame of frames) {
    const message = decodeServerFrame(frame)
    if (message.kind === 'error') heard.error = message.error
    else if (message.kind === 'event') heard.events.push(message.event)
  }
  return heard
}

/** As `hear`, for any protocol: the bodies as they came. */
export async function hearFrames(stream: Stream): Promise<{ frames: Uint8Array[]; ending: Heard['ending'] }> {
  const bytes = new Uint8ArrayList()
  stream.addEventListener('message', event => bytes.append(event.data))
  const ending = await endOf(stream)
  const frames: Uint8Array[] = []
  for (;;) {
    const prefix = readPrefix(bytes, MAX_REQUEST_FRAME_BYTES)
    if (prefix === undefined || bytes.byteLength < prefix.bodyOffset + prefix.bodyBytes) return { frames, ending }
    frames.push(bytes.slice(prefix.bodyOffset, prefix.bodyOffset + prefix.bodyBytes))
    bytes.consume(prefix.bodyOffset + prefix.bodyBytes)
  }
}

async function endOf(stream: Stream): Promise<Heard['ending']> {
  const isOver = () => stream.remoteWriteStatus !== 'writable' || stream.status !== 'open'
  if (!isOver()) {
    await new Promise<void>(resolve => {
      stream.addEventListener('remoteCloseWrite', () => resolve())
      stream.addEventListener('close', () => resolve())
    })
  }
  return stream.status === 'reset' || stream.status === 'aborted' ? 'reset' : 'closed'
}

/** Sends bytes in slices of random length; stops when the other side has had enough. */
export function sendSliced(stream: Stream, bytes: Uint8Array, random: Random, longest = 512): void {
  for (let at = 0; at < bytes.byteLength; ) {
    if (stream.writeStatus !== 'writable') return
    const length = 1 + random.below(longest)
    stream.send(bytes.subarray(at, at + length))
    at += length
  }
}
