import { ProtocolError } from '../../interface/index.ts'
import type { FramedStream } from '../framed-stream.ts'
import { MAX_CLIENT_FRAMES, MAX_EVENT_FRAME_BYTES } from './constants.ts'
import * as pb from './infer.pb.ts'

/** The only frame that a client of this version sends after its request. `envelope` is the signed record. */
export function encodeAcknowledgement(tokens: number, envelope: Uint8Array = new Uint8Array(0)): Uint8Array {
  return pb.ClientFrame.encode({ acknowledgement: { tokens, envelope: new Uint8Array(envelope) } })
}

/**
 * Reads what a client sends after its request until it closes its side. Unknown kinds are ignored. Throws
 * `ProtocolError` for bytes that are no frame, more frames than any honest client has, and tokens never sent; and what
 * `acknowledge` throws for what the client signed.
 */
export async function readClientFrames(
  framed: FramedStream,
  tokensSent: () => number,
  acknowledge: (envelope: Uint8Array) => Promise<void> = async () => undefined
): Promise<void> {
  let acknowledged = 0
  for (let count = 0; ; count++) {
    const body = await framed.read()
    if (body === undefined) return
    if (count === MAX_CLIENT_FRAMES) throw new ProtocolError(`more than ${MAX_CLIENT_FRAMES} frames after the request`)
    // The stream reads as much as a request may have.
    if (body.byteLength > MAX_EVENT_FRAME_BYTES) throw new ProtocolError('a frame after the request is too large')
    const { acknowledgement } = decode(body)
    if (acknowledgement === undefined) continue
    if (acknowledgement.tokens < acknowledged || acknowledgement.tokens > tokensSent()) {
      throw new ProtocolError('an acknowledgement counts tokens that were not sent')
    }
    acknowledged = acknowledgement.tokens
    await acknowledge(acknowledgement.envelope)
  }
}

function decode(body: Uint8Array): pb.ClientFrame {
  try {
    return pb.ClientFrame.decode(body)
  } catch (error) {
    throw new ProtocolError('a frame after the request is not a message of this protocol', { cause: error })
  }
}
