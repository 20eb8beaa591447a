import type { YamuxStream } from '@chainsafe/libp2p-yamux/stream'
import { UnsupportedProtocolError } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { readPrefix, withPrefix } from '../protocols/length-prefix.ts'

/** The first line of multistream-select, from either side. */
const HEADER = '/multistream/1.0.0'
/** Longest line of it that libp2p itself reads. */
const MAX_LINE_BYTES = 1_024

const unanswered = new WeakSet<object>()

/** Whether the peer has not yet said that it speaks the protocol that a stream began with. */
export function isUnanswered(stream: object): boolean {
  return unanswered.has(stream)
}

/**
 * Begins a stream with a protocol that the peer is known to speak: the first message follows at once, a round trip
 * earlier than when its word is waited for. What it says is read before all else, and anything but a yes resets the
 * stream. On the wire it is plain multistream-select. libp2p has an option for it that does nothing as of version 3.
 */
export function beginWith(protocol: string, stream: YamuxStream): void {
  const onData = stream.onData.bind(stream)
  const unread = new Uint8ArrayList()
  const awaited = [HEADER, protocol]
  unanswered.add(stream)
  stream.protocol = protocol
  stream.onData = data => {
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
    unanswered.delete(stream)
    stream.onData = onData
    onData(unread)
  }
  // Yamux opens the stream in a microtask of its own, before this one.
  queueMicrotask(() => {
    if (stream.writeStatus === 'writable') stream.send(new Uint8ArrayList(...awaited.map(lineOf)))
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
