import type { ServerResponse } from 'node:http'
import type { AnswerParts } from './parts.ts'

/**
 * Sends an answer through the server's own response, whose head is set; a web stream would cost each token a third more.
 * Each part is on its way before the next is asked for, so that a slow reader slows the engine; a reader that leaves,
 * or stands still, ends the engine's work. Never fails.
 */
export async function sendParts(outgoing: ServerResponse, parts: AnswerParts): Promise<void> {
  for (;;) {
    const { text, isLast } = await parts.next()
    if (isLast) {
      outgoing.end(text)
      return
    }
    if (outgoing.write(text)) continue
    const came = await untilTaken(outgoing, parts.stallMs)
    if (came === 'drain') continue
    if (came === 'close') parts.stop()
    else {
      parts.stalled()
      outgoing.destroy()
    }
    return
  }
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
    const timer = setTimeout(() => settle('stall'), stallMs)
    outgoing.once('drain', onDrain)
    outgoing.once('close', onClose)
  })
}
