import { openSessions, type Session, type SessionStore, toP2paiError } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { printableLine } from '../output/printable.ts'

/**
 * Keeps conversations in the home. A home that cannot be written is no reason to fail an answer: it is said once, and
 * nothing is kept.
 */
export class Keeper {
  readonly #context: CommandContext
  #store: Promise<SessionStore> | undefined
  #failed: boolean

  /** `keep` is false for those who want nothing kept. */
  constructor(context: CommandContext, keep: boolean) {
    this.#context = context
    this.#failed = !keep
  }

  /** Stores a conversation, and returns it as it is now: under another id when somebody else has continued it. */
  async save(session: Session): Promise<Session> {
    const stored = await this.quietly(store => store.save(session))
    if (stored !== undefined && session.revision > 0 && stored.id !== session.id) {
      this.#say(`conversation ${session.id} was continued or removed elsewhere; this one goes on as ${stored.id}`)
    }
    return stored ?? session
  }

  /** Does something with the store, where there is one. */
  async quietly<T>(work: (store: SessionStore) => T): Promise<T | undefined> {
    if (this.#failed) return undefined
    try {
      this.#store ??= openSessions()
      return work(await this.#store)
    } catch (error) {
      this.#failed = true
      this.#say(`the conversation is not kept: ${toP2paiError(error).message}`)
      return undefined
    }
  }

  /** Lets go of the home. */
  async close(): Promise<void> {
    // A store that could not be opened was spoken of, and has nothing to close.
    const store = await this.#store?.catch(() => undefined)
    store?.close()
    this.#failed = true
  }

  #say(line: string): void {
    const { terminal, json } = this.#context
    // As with versions, scripts that read JSON are not told what is no error.
    if (!json) terminal.note(terminal.paint('yellow', printableLine(line)))
  }
}
