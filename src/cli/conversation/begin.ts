import { InvalidRequestError, newSession, openSessions, SESSION_ID, type Session } from '../../index.ts'
import type { AskFlags } from '../ask/flags.ts'

/** What `-c` without an id continues. */
export const LAST_SESSION = 'last'

/** A conversation, and the flags that hold in it. */
export interface Begun<Flags extends AskFlags> {
  session: Session
  flags: Flags
}

/** The conversation that the flags continue, or a new one. Throws `InvalidRequestError` for one that is not there. */
export async function beginSession<Flags extends AskFlags>(flags: Flags): Promise<Begun<Flags>> {
  if (flags.continue === undefined) {
    const { model, system, local, peer } = flags
    return { session: newSession({ model, ...defined({ system, local, peer }) }), flags }
  }
  return continued(await readSession(flags.continue), flags)
}

/** A kept conversation, by its id, its title, or as `last`. Throws `InvalidRequestError`. */
export async function readSession(name: string): Promise<Session> {
  const store = await openSessions()
  try {
    const session = store.read(name === LAST_SESSION ? undefined : name)
    if (session !== undefined) return session
  } finally {
    store.close()
  }
  const problem = name === LAST_SESSION ? 'there is no conversation to continue' : `there is no conversation ${name}`
  throw new InvalidRequestError(`${problem}; see: p2pai sessions`, { details: { field: 'continue' } })
}

/**
 * A conversation goes on as it was held: same model, same instructions, and above all no further than before. One that
 * was held on this machine, or with one peer, is sent nowhere else unless the command line says so.
 */
export function continued<Flags extends AskFlags>(session: Session, flags: Flags): Begun<Flags> {
  const given = (name: keyof AskFlags): boolean => flags.given?.has(name) === true
  const model = given('model') ? flags.model : session.model
  const system = given('system') ? flags.system : session.system
  const peer = given('peer') ? flags.peer : session.peer
  const local = flags.local || (session.local && !given('peer')) || undefined
  const held = { model, ...defined({ system, local, peer }) }
  const { system: _system, local: _local, peer: _peer, ...rest } = session
  return { session: { ...rest, ...held }, flags: { ...flags, model, system, peer, local } }
}

/**
 * `-c` takes an id, and the next word of a prompt must not be taken for one: whatever does not look like an id stays
 * where it is, and `-c` continues the last conversation.
 */
export function spellContinue(words: string[]): string[] {
  const end = words.indexOf('--')
  return words.flatMap((word, at) => {
    const isFlag = (word === '-c' || word === '--continue') && (end < 0 || at < end)
    return isFlag && !SESSION_ID.test(words[at + 1] ?? '') ? [word, LAST_SESSION] : [word]
  })
}

function defined<T extends object>(fields: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== false)) as {
    [Key in keyof T]?: NonNullable<T[Key]>
  }
}
