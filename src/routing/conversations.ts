import { createHash } from 'node:crypto'
import type { EndEvent, GenerateRequest, Message } from '../interface/index.ts'
import { RecentMap } from './recent-map.ts'

const MAX_CONVERSATIONS = 1_000
/** Providers forget a conversation that rests this long: its cache was needed for others. */
const KEPT_MS = 20 * 60_000

/** Who answered the last turn of a conversation. */
export interface LastTurn {
  peerId: string
  /** The same for all turns of the conversation. */
  id: string
  /** What the provider gave to be given back; only it can read it. */
  conversationTag?: Uint8Array
  /** Tokens of prompt and answer, which its cache held at the end. */
  cachedTokens: number
}

/** A whole answer. `text` is what it says, `id` names the conversation. */
export interface Answered {
  request: GenerateRequest
  text: string
  peerId: string
  end: EndEvent
  id: string
}

/**
 * Which provider answered which conversation, so that the next turn finds the cache of the last. Conversations are
 * known by the provider's tag, by the caller's session, or by the text so far, of which a hash alone is kept.
 */
export class Conversations {
  readonly #turns = new RecentMap<string, LastTurn & { atMs: number }>(MAX_CONVERSATIONS)
  readonly #now: () => number

  /** `now` is a monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** The last turn of the conversation that this request goes on with. */
  find(request: GenerateRequest): LastTurn | undefined {
    for (const key of keysOf(request, textSoFar(request.messages))) {
      const turn = this.#turns.get(key)
      if (turn !== undefined && this.#now() - turn.atMs <= KEPT_MS) return turn
    }
    return undefined
  }

  /**
   * The tag for this peer: the one that it gave in the conversation. A tag of which nobody is known to be the maker goes
   * only to whom the caller named, and to this machine.
   */
  tagFor(
    { peerId, isNamed }: { peerId: string; isNamed: boolean },
    { conversationTag }: GenerateRequest,
    lastTurn: LastTurn | undefined
  ): Uint8Array | undefined {
    const maker = conversationTag && this.find({ model: '', messages: [], conversationTag })?.peerId
    if (maker === peerId || (maker === undefined && isNamed && conversationTag !== undefined)) return conversationTag
    return lastTurn?.peerId === peerId ? lastTurn.conversationTag : undefined
  }

  /** A provider has answered. */
  remember({ request, text, peerId, end, id }: Answered): void {
    const { promptTokens, completionTokens } = end.usage
    const { conversationTag } = end
    const turn = {
      peerId,
      id,
      cachedTokens: promptTokens + completionTokens,
      atMs: this.#now(),
      // Alone, without the frame that it came in.
      ...(conversationTag && { conversationTag: new Uint8Array(conversationTag) })
    }
    const answer: Message = { role: 'assistant', parts: [{ type: 'text', text }] }
    const { sessionId } = request
    const next = { ...(sessionId !== undefined && { sessionId }), ...(conversationTag && { conversationTag }) }
    for (const key of keysOf(next, [...request.messages, answer])) this.#turns.set(key, turn)
  }
}

type Names = Pick<GenerateRequest, 'conversationTag' | 'sessionId'>

function keysOf({ conversationTag, sessionId }: Names, messages: readonly Message[]): string[] {
  const keys: string[] = []
  if (conversationTag !== undefined) keys.push(`tag ${Buffer.from(conversationTag).toString('hex')}`)
  if (sessionId !== undefined) keys.push(`session ${sessionId}`)
  if (messages.length > 0) keys.push(`text ${hashOf(messages)}`)
  return keys
}

/** The messages up to the last answer; none when there was no answer yet. */
function textSoFar(messages: readonly Message[]): readonly Message[] {
  return messages.slice(0, messages.findLastIndex(({ role }) => role === 'assistant') + 1)
}

function hashOf(messages: readonly Message[]): string {
  const hash = createHash('sha256')
  for (const { role, parts } of messages) {
    hash.update(`${role}\0`)
    for (const part of parts) {
      // Clients trim answers before they give them back, and leave out what is empty, as beside a call of a tool.
      const content = part.type === 'text' ? part.text.trim() : part.data
      if (content.length === 0) continue
      hash.update(`${part.type} ${content.length} `)
      hash.update(content)
    }
  }
  return hash.digest('base64')
}
