import type { Connection, Stream } from '@libp2p/interface'
import { ProtocolError, toP2paiError } from '../../interface/index.ts'
import { FramedStream } from '../framed-stream.ts'
import * as pb from './capabilities.pb.ts'
import { MAX_ADVERT_BYTES, MAX_ADVERTS_PER_SET } from './constants.ts'
import { type AdvertsWanted, decodeWanted, encodeWanted, mostWanted } from './wanted.ts'

/** From the opening of the stream to its end: an exchange is small, and nobody waits for it long. */
const EXCHANGE_TIMEOUT_MS = 5_000
const MAX_FRAME_BYTES = MAX_ADVERT_BYTES + 64
/** A request names one model at most: 128 characters, each 3 bytes at most. */
const MAX_REQUEST_BYTES = 512

/** A sealed advert, and how long ago its holder got it. */
export interface HeldAdvert {
  envelope: Uint8Array
  ageMs: number
}

/** Answers `/p2p-ai/capabilities/1.0` with what `held` gives: this peer's own advert first, then what is wanted of others. */
export function capabilitiesServer(
  held: (wanted: AdvertsWanted) => Iterable<HeldAdvert>
): (stream: Stream, connection: Connection) => Promise<void> {
  return async stream => {
    const framed = new FramedStream(stream, { maxFrameBytes: MAX_REQUEST_BYTES, stallMs: EXCHANGE_TIMEOUT_MS })
    const watchdog = framed.watchdog(EXCHANGE_TIMEOUT_MS, () => new ProtocolError('the exchange took too long'))
    try {
      const wanted = decode(decodeWanted, await framed.read())
      let count = 0
      for (const { envelope, ageMs } of held(wanted)) {
        if (++count > MAX_ADVERTS_PER_SET) break
        await framed.write(
          pb.CapabilitiesFrame.encode({ envelope: new Uint8Array(envelope), ageMs: Math.round(ageMs) })
        )
      }
      await framed.close()
    } catch (error) {
      framed.fail(toP2paiError(error))
    } finally {
      watchdog.stop()
    }
  }
}

/**
 * Asks a peer on a stream of its own. Bounded in time, in size and in count; throws `ProtocolError` beyond them. Who
 * gives more than a sample was asked for is read no further.
 */
export async function* requestAdverts(stream: Stream, wanted: AdvertsWanted): AsyncGenerator<HeldAdvert> {
  const framed = new FramedStream(stream, { maxFrameBytes: MAX_FRAME_BYTES })
  const watchdog = framed.watchdog(EXCHANGE_TIMEOUT_MS, () => new ProtocolError('the exchange took too long'))
  try {
    await framed.write(encodeWanted(wanted))
    // A peer that knows of no samples gives its whole set.
    const enough = typeof wanted === 'string' ? Number.POSITIVE_INFINITY : mostWanted(wanted) + 1
    for (let count = 0; count < enough; count++) {
      const body = await framed.read()
      if (body === undefined) break
      if (count === MAX_ADVERTS_PER_SET) throw new ProtocolError(`more than ${MAX_ADVERTS_PER_SET} adverts`)
      const { envelope, ageMs } = decode(pb.CapabilitiesFrame.decode, body)
      yield { envelope, ageMs }
    }
    await framed.close()
  } finally {
    watchdog.stop()
    if (stream.status === 'open') stream.abort(new Error('the exchange is over'))
  }
}

function decode<Message>(decoder: (bytes: Uint8Array) => Message, bytes: Uint8Array | undefined): Message {
  if (bytes === undefined) throw new ProtocolError('the stream ended before a frame')
  try {
    return decoder(bytes)
  } catch (error) {
    if (error instanceof ProtocolError) throw error
    throw new ProtocolError('a frame is not a message of this protocol', { cause: error })
  }
}
