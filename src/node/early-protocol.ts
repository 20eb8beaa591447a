import type { YamuxStream } from '@chainsafe/libp2p-yamux/stream'
import { UnsupportedProtocolError } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { ProtocolError } from '../interface/index.ts'
import { readPrefix, withPrefix } from '../protocols/length-prefix.ts'

/** The first line of multistream-select, from either side. */
const HEADER = '/multistream/1.0.0'
/** Longest line of it that libp2p itself reads. */
const MAX_LINE_BYTES = 1_024

/** What can be asked of the connection under a stream. */
type Pingable = { ping(options: { signal: AbortSignal }): Promise<number> }

const unheard = new WeakMap<object, Pingable>()

/** Whether a stream that began with its protocol has not heard a byte of the peer yet. */
export function isUnheard(stream: object): boolean {
  return unheard.has(stream)
}

/** Whether the peer's end of the connection lives: a ping below all streams, which is made only for a stream that is unheard. */
export async function isAlive(stream: object, signal: AbortSignal): Promise<boolean> {
  try {
    await unheard.get(stream)?.ping({ signal })
    return true
  } catch {
    return false
  }
}

/**
 * Begins a stream with a protocol that the peer is known to speak: the first message follows at once, a round trip
 * earlier than when its word is waited for. What it says is read before all else, and anything but a yes resets the
 * stream. On the wire it is plain multistream-select. libp2p has an option for it that does nothing as of version 3.
 */
export function beginWith(protocol: string, stream: YamuxStream, connection: Pingable): void {
  const onData = stream.onData.bind(stream)
  const unread = new Uint8ArrayList()
  const awaited = [HEADER, protocol]
  unheard.set(stream, connection)
  stream.protocol = protocol
  stream.onData = data => {
    unheard.delete(stream)
    unread.append(data)
    try {
      while (awaited.length > 0) {
        const line = takeLine(unread)
        if (line === undefined) return
        if (line !== awaited.shift()) throw new UnsupportedProtocolError(`the peer does not speak ${protocol}`)
      }
    } catch (error) {
      stream.abort(error as Error)
      return
    }
    stream.onData = onData
    onData(unread)
  }
  // An end before the lines is no empty answer. Looked at a moment later: a frame can carry the lines and the end.
  stream.addEventListener('remoteCloseWrite', () => {
    queueMicrotask(() => {
      if (awaited.length > 0)
        stream.abort(new ProtocolError(`the peer ended the stream before it agreed to ${protocol}`))
    })
  })
  // Yamux opens the stream in a microtask of its own, before this one.
  queueMicrotask(() => {
    try {
      stream.send(new Uint8ArrayList(...awaited.map(lineOf)))
    } catch (error) {
      // It was over before it began; whoever writes to it is told.
      stream.abort(error as Error)
    }
  })
}

function lineOf(text: string): Uint8Array {
  return withPrefix(new TextEncoder().encode(`${text}\n`))
}

/** The next line without its end; nothing while a part of it is missing. Throws `ProtocolError` for a bad length. */
function takeLine(unread: Uint8ArrayList): string | undefined {
  const prefix = readPrefix(unread, MAX_LINE_BYTES)
  if (prefix === undefined) return undefined
  const end = prefix.bodyOffset + prefix.bodyBytes
  if (unread.byteLength < end) return undefined
  const line = new TextDecoder().decode(unread.slice(prefix.bodyOffset, end))
  unread.consume(end)
  return line.replace(/\n$/, '')
}
