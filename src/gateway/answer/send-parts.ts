import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { AbortedError, SlowReaderError } from '../../interface/index.ts'
import type { AnswerParts } from './parts.ts'

// Made by a `Response` that another server of this process put in place of the global one, it would be answered from
// what it was made of, and so a second time; once looked into it is a plain one.
void RESPONSE_ALREADY_SENT.body

/** What a route returns whose answer goes through `sendParts`. */
export const SENT_IN_PARTS: Response = RESPONSE_ALREADY_SENT

/**
 * Sends an answer through the server's own response, whose head is set; a web stream would cost each token a third more.
 * Each part is on its way before the next is asked for, so that a slow reader slows the engine; a reader that leaves,
 * or takes nothing for `stallMs`, ends the engine's work. Rejects only for a defect, when the connection is broken.
 */
export async function sendParts(outgoing: ServerResponse, parts: AnswerParts, stallMs: number): Promise<void> {
  try {
    for (;;) {
      const { text, isLast } = await parts.next()
      if (isLast) {
        outgoing.end(text)
        return
      }
      if (outgoing.write(text)) continue
      const came = await untilTaken(outgoing, stallMs)
      if (came === 'drain') continue
      if (came === 'stall') hangUp(outgoing)
      parts.stop(came === 'stall' ? tooSlow(stallMs) : new AbortedError('the client is gone'))
      return
    }
  } catch (error) {
    hangUp(outgoing)
    throw error
  }
}

function tooSlow(stallMs: number): SlowReaderError {
  return new SlowReaderError(`the client took nothing for ${stallMs} ms`)
}

/** A response that waits for an earlier one of its connection has no socket of its own. */
function hangUp(outgoing: ServerResponse): void {
  outgoing.req.socket.destroy()
}

/** What came first: room for more, the end of the connection, or the end of the time. */
async function untilTaken(outgoing: ServerResponse, stallMs: number): Promise<'drain' | 'close' | 'stall'> {
  if (outgoing.destroyed) return 'close'
  return await new Promise(resolve => {
    const settle = (came: 'drain' | 'close' | 'stall') => {
      clearTimeout(timer)
      outgoing.off('drain', onDrain)
      outgoing.off('close', onClose)
      resolve(came)
    }
    const onDrain = () => settle('drain')
    const onClose = () => settle('close')
    // Until an earlier answer on the same connection is over, nobody could take this one.
    const timer = setTimeout(() => (outgoing.socket === null ? timer.refresh() : settle('stall')), stallMs)
    outgoing.once('drain', onDrain)
    outgoing.once('close', onClose)
  })
}
