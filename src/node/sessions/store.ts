import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { PayloadTooLargeError } from '../../interface/index.ts'
import { unusable } from '../home/database.ts'
import { CONVERSATIONS } from './database.ts'
import { newSessionId, type Session, type SessionSummary, type SessionTurn } from './session.ts'

/** Conversations that are kept; a heavy user's year. */
export const MAX_SESSIONS = 1000
/** All conversations together. */
export const MAX_SESSIONS_BYTES = 64 << 20
/** One conversation. A request has at most 1 MiB, so a longer one could not be continued anyway. */
export const MAX_SESSION_BYTES = 8 << 20
/** Lines typed in `chat`, for the arrow keys. */
export const MAX_INPUTS = 1000
/** Longer ones are pasted texts, which nobody wants back line by line. */
export const MAX_INPUT_LENGTH = 4096

/** What of a conversation has no column of its own. */
type Content = Pick<Session, 'system' | 'local' | 'peer' | 'model'> & { turns: SessionTurn[] }
type Row = Record<string, SQLOutputValue>

/** Bounds, smaller in tests. */
export interface StoreLimits {
  sessions: number
  bytes: number
}

/**
 * The conversations of a home. Every change is whole or not there, whenever a process is killed, and several processes
 * may work at once. The oldest conversations make room for new ones. All throw `HomeUnusableError` when the file fails.
 */
export class SessionStore {
  readonly #database: DatabaseSync
  readonly #file: string
  readonly #limits: StoreLimits

  constructor(
    database: DatabaseSync,
    file: string,
    limits: StoreLimits = { sessions: MAX_SESSIONS, bytes: MAX_SESSIONS_BYTES }
  ) {
    this.#database = database
    this.#file = file
    this.#limits = limits
  }

  /** All conversations, the one used last first. */
  list(): SessionSummary[] {
    const rows = this.#all(
      'SELECT id, title, created_ms, used_ms, model, turn_count, size_bytes FROM sessions ORDER BY used_ms DESC, id'
    )
    return rows.map(row => ({
      id: String(row.id),
      title: String(row.title),
      createdAtMs: Number(row.created_ms),
      usedAtMs: Number(row.used_ms),
      model: String(row.model),
      turns: Number(row.turn_count),
      sizeBytes: Number(row.size_bytes)
    }))
  }

  /** The conversation of an id or a title, or without one the last that was used. */
  read(name?: string): Session | undefined {
    const [row] =
      name === undefined
        ? this.#all('SELECT * FROM sessions ORDER BY used_ms DESC, id LIMIT 1')
        : this.#all('SELECT * FROM sessions WHERE id = ? OR title = ? ORDER BY id = ? DESC, used_ms DESC', [
            name,
            name,
            name
          ])
    return row && fromRow(row)
  }

  /**
   * Stores a conversation whole, and returns it as it is now. When another process has continued it in the meantime,
   * or has removed it, this one goes on under an id of its own: neither loses a word.
   * Throws `PayloadTooLargeError` for one that is too large to keep.
   */
  save(session: Session): Session {
    const { system, local, peer, model, turns } = session
    const content = JSON.stringify({
      model,
      ...(system !== undefined && { system }),
      ...(local && { local }),
      ...(peer !== undefined && { peer }),
      turns
    } satisfies Content)
    const bytes = Buffer.byteLength(content)
    if (bytes > MAX_SESSION_BYTES) {
      throw new PayloadTooLargeError(`the conversation has ${bytes} bytes, at most ${MAX_SESSION_BYTES} are kept`)
    }
    return this.#change(() => {
      const [row] = this.#all('SELECT revision FROM sessions WHERE id = ?', [session.id])
      const isOurs = Number(row?.revision ?? 0) === session.revision
      const stored = { ...session, id: isOurs ? session.id : this.#freeId(), revision: session.revision + 1 }
      this.#run('INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', [
        ...[stored.id, stored.revision, stored.title, stored.createdAtMs, stored.usedAtMs],
        ...[turns.at(-1)?.model || model, turns.length, bytes, stored.conversationTag ?? null, content]
      ])
      this.#prune(stored.id)
      return stored
    })
  }

  /** Removes a conversation; whether there was one. What it said is overwritten on the disk. */
  remove(id: string): boolean {
    const { changes } = this.#change(() => this.#run('DELETE FROM sessions WHERE id = ?', [id]))
    this.#forget()
    return Number(changes) > 0
  }

  /** Removes all conversations and typed lines. Returns how many conversations there were. */
  removeAll(): number {
    const { changes } = this.#change(() => {
      this.#run('DELETE FROM inputs')
      return this.#run('DELETE FROM sessions')
    })
    this.#forget()
    return Number(changes)
  }

  /** Lines typed in `chat`, the newest first. */
  inputs(): string[] {
    return this.#all('SELECT text FROM inputs ORDER BY id DESC').map(row => String(row.text))
  }

  /** Keeps a line for the arrow keys. A very long one is not kept. */
  addInput(text: string): void {
    if (text.length > MAX_INPUT_LENGTH) return
    this.#change(() => {
      this.#run('INSERT INTO inputs (text) VALUES (?)', [text])
      this.#run('DELETE FROM inputs WHERE id <= (SELECT max(id) FROM inputs) - ?', [MAX_INPUTS])
    })
  }

  /** Lets go of the file. */
  close(): void {
    this.#database.close()
  }

  #freeId(): string {
    for (;;) {
      const id = newSessionId()
      if (this.#all('SELECT 1 FROM sessions WHERE id = ?', [id]).length === 0) return id
    }
  }

  /** Removes the conversations that were not used for longest, but never the one just stored. */
  #prune(kept: string): void {
    this.#run(
      `DELETE FROM sessions WHERE id <> ? AND id IN (SELECT id FROM (
         SELECT id, row_number() OVER newest AS place, sum(size_bytes) OVER newest AS total FROM sessions
         WINDOW newest AS (ORDER BY id = ? DESC, used_ms DESC, id ROWS UNBOUNDED PRECEDING)
       ) WHERE place > ? OR total > ?)`,
      [kept, kept, this.#limits.sessions, this.#limits.bytes]
    )
  }

  /** The log beside the database still has what was deleted, until it is emptied. */
  #forget(): void {
    this.#all('PRAGMA wal_checkpoint(TRUNCATE)')
  }

  #change<T>(work: () => T): T {
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        this.#database.exec('COMMIT')
        return result
      } catch (error) {
        this.#database.exec('ROLLBACK')
        throw error
      }
    } catch (error) {
      throw unusable(this.#file, CONVERSATIONS, error)
    }
  }

  #all(sql: string, values: (string | number)[] = []): Row[] {
    try {
      return this.#database.prepare(sql).all(...values)
    } catch (error) {
      throw unusable(this.#file, CONVERSATIONS, error)
    }
  }

  #run(sql: string, values: (string | number | null | Uint8Array)[] = []): { changes: number | bigint } {
    return this.#database.prepare(sql).run(...values)
  }
}

function fromRow(row: Row): Session {
  return {
    ...(JSON.parse(String(row.content)) as Content),
    id: String(row.id),
    revision: Number(row.revision),
    title: String(row.title),
    createdAtMs: Number(row.created_ms),
    usedAtMs: Number(row.used_ms),
    ...(row.tag instanceof Uint8Array && { conversationTag: row.tag })
  }
}
