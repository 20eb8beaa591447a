/** Why an answer is not whole: its reader ended it, its provider was lost, or the limit of tokens was reached. */
export type Cut = 'interrupted' | 'lost' | 'limit'

/** One question and what was answered. */
export interface SessionTurn {
  question: string
  answer: string
  /** Absent when the answer is whole. */
  cut?: Cut
  /** Name of the model that answered. */
  model: string
  peerId: string
  /** When the answer ended, milliseconds since 1970. */
  atMs: number
}

/** A conversation, as it is kept in the home. */
export interface Session {
  /** `yymmdd-xxxx`; no word of a prompt looks like it. */
  id: string
  /** How often it was stored; 0 when it never was. */
  revision: number
  /** The name that the user gave it, else the beginning of the first question. */
  title: string
  createdAtMs: number
  usedAtMs: number
  /** What to ask for with the next turn: a name, a digest, a file with `local`. */
  model: string
  system?: string
  /** Was held on this machine alone, and stays there. */
  local?: boolean
  /** The only peer that was asked, and that is asked again. */
  peer?: string
  /** What the last provider gave in its `end`, for its cache. */
  conversationTag?: Uint8Array
  turns: SessionTurn[]
}

/** What a list shows of a conversation. */
export interface SessionSummary extends Pick<Session, 'id' | 'title' | 'createdAtMs' | 'usedAtMs'> {
  /** Name of the model that answered last. */
  model: string
  turns: number
  sizeBytes: number
}

/** What an id looks like. */
export const SESSION_ID = /^\d{6}-[0-9a-z]{4}$/

/** Letters and digits that are not mistaken for one another. */
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz'
const ID_LETTERS = 4
const MAX_TITLE_LENGTH = 60

/** A conversation in which nothing was said yet. Nothing is stored. */
export function newSession(start: Pick<Session, 'model' | 'system' | 'local' | 'peer'>, now = new Date()): Session {
  const atMs = now.getTime()
  return { ...start, id: newSessionId(now), revision: 0, title: '', createdAtMs: atMs, usedAtMs: atMs, turns: [] }
}

/** The day, and four letters by chance: a name among this user's own conversations, and no secret. */
export function newSessionId(now = new Date()): string {
  const day = [now.getFullYear() % 100, now.getMonth() + 1, now.getDate()]
  const letters = Array.from({ length: ID_LETTERS }, () => ALPHABET[Math.floor(Math.random() * ALPHABET.length)])
  return `${day.map(part => String(part).padStart(2, '0')).join('')}-${letters.join('')}`
}

/** The title of a conversation that has no name: how its first question begins. */
export function titleOf(question: string): string {
  const line = question.trim().split('\n', 1)[0] ?? ''
  return line.length > MAX_TITLE_LENGTH ? `${line.slice(0, MAX_TITLE_LENGTH - 1)}…` : line
}
