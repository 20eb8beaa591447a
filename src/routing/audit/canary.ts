import { type GenerateRequest, messageText, textMessage } from '../../interface/index.ts'
import type { Answered } from './auditable.ts'
import { canaryPrompt } from './canary-prompts.ts'

/** Lengths of own questions that are remembered, */
const KEPT_LENGTHS = 64
/** and the least limit of an answer that is worth to be checked. */
const LEAST_TOKENS = 32
/** A condition is never the same twice: it is up to this part tighter. */
const SPREAD = 0.1

/** Made-up requests that look like those of this node: in their form like one that was sent, and about as long. */
export class Canaries {
  readonly #random: () => number
  readonly #lengths: number[] = []

  constructor(random: () => number) {
    this.#random = random
  }

  /** This node has asked something. How long it was is all that is kept. */
  learn({ messages }: GenerateRequest): void {
    this.#lengths.push(messages.reduce((sum, message) => sum + messageText(message).length, 0))
    if (this.#lengths.length > KEPT_LENGTHS) this.#lengths.shift()
  }

  /** Whether one like it could be checked. */
  isLike({ request: { maxTokens = LEAST_TOKENS }, digest }: Answered): boolean {
    return digest !== '' && maxTokens >= LEAST_TOKENS
  }

  /** A request for the same model and with the same limits, but without what keeps an answer from being checked. */
  like({ request, acceptIf }: Answered): GenerateRequest {
    const { model, maxTokens, maxThoughtTokens, deadlineMs, sessionId } = request
    const length = this.#lengths[Math.floor(this.#random() * this.#lengths.length)] ?? 0
    const near = (value: number) => Math.round(value * (1 - SPREAD * this.#random()))
    const { totalMs, firstTokenMs } = acceptIf ?? {}
    const bounds = {
      ...acceptIf,
      ...(totalMs !== undefined && { totalMs: near(totalMs) }),
      ...(firstTokenMs !== undefined && { firstTokenMs: near(firstTokenMs) })
    }
    return {
      model,
      messages: [textMessage('user', canaryPrompt(this.#random, length))],
      sampling: { temperature: 0 },
      ...(maxTokens !== undefined && { maxTokens }),
      ...(maxThoughtTokens !== undefined && { maxThoughtTokens }),
      ...(deadlineMs !== undefined && { deadlineMs }),
      ...(sessionId !== undefined && { sessionId: this.#idLike(sessionId) }),
      ...(acceptIf && { acceptIf: bounds })
    }
  }

  /** Of the same kind, and another one. */
  #idLike(id: string): string {
    return id.replace(/[0-9a-f]/g, () => Math.floor(16 * this.#random()).toString(16))
  }
}
