import {
  AUTO_MODEL,
  type Cut,
  type EngineEvent,
  type GenerateRequest,
  messageText,
  type Session,
  type SessionTurn,
  titleOf
} from '../../index.ts'

/** An answer as far as it has come. */
export class Recording {
  #text = ''
  #model = ''
  #peerId = ''
  #tag: Uint8Array | undefined
  #end: 'none' | 'stop' | 'limit' | 'lost' = 'none'

  /** Passes events on, and remembers what they bring. `peerId` tells who answers when they name nobody. */
  async *of(events: AsyncIterable<EngineEvent>, peerId: () => string): AsyncGenerator<EngineEvent> {
    try {
      for await (const event of events) {
        if (event.type === 'accepted') {
          this.#model = event.model.name
          this.#peerId = event.provider?.peerId ?? peerId()
        } else if (event.type === 'delta' && event.channel === 'answer') this.#text += event.text
        else if (event.type === 'end') {
          this.#tag = event.conversationTag
          this.#end = event.finishReason === 'length' ? 'limit' : 'stop'
        }
        yield event
      }
    } catch (error) {
      this.#end = 'lost'
      throw error
    }
  }

  /** The turn to keep; undefined when nothing was answered. `interrupted` tells that the asker ended it. */
  turn(question: string, interrupted: boolean): SessionTurn | undefined {
    if (this.#end !== 'stop' && this.#text === '') return undefined
    const cut = this.#cut(interrupted)
    return {
      question,
      answer: this.#text,
      ...(cut && { cut }),
      model: this.#model,
      peerId: this.#peerId,
      atMs: Date.now()
    }
  }

  /** The conversation with a turn of this recording. The model that answered is the one for all turns to come. */
  added(session: Session, turn: SessionTurn): Session {
    const { conversationTag: _before, ...rest } = session
    return {
      ...rest,
      title: session.title || titleOf(turn.question),
      usedAtMs: turn.atMs,
      model: session.model === AUTO_MODEL ? turn.model : session.model,
      ...(this.#tag && { conversationTag: this.#tag }),
      turns: [...session.turns, turn]
    }
  }

  #cut(interrupted: boolean): Cut | undefined {
    if (this.#end === 'stop') return undefined
    if (this.#end === 'limit') return 'limit'
    return interrupted || this.#end === 'none' ? 'interrupted' : 'lost'
  }
}

/** The last question of a request, as it is kept: in words, for images are too large. */
export function questionOf({ messages }: GenerateRequest): string {
  const last = messages.at(-1)
  if (last === undefined) return ''
  const images = last.parts.filter(part => part.type === 'media').length
  const text = messageText(last)
  return images === 0 ? text : `${text}\n\n(${images === 1 ? 'An image was' : `${images} images were`} shown here.)`
}
