/**
 * Conversations that are kept in a home.
 *
 * @packageDocumentation
 */
import { openDatabase } from '../home/database.ts'
import { openHome } from '../home/home-folder.ts'
import { CONVERSATIONS } from './database.ts'
import { SessionStore, type StoreLimits } from './store.ts'

/** The conversations of a home; the home is made if it is missing. Throws `HomeUnusableError`. */
export async function openSessions(home?: string, limits?: StoreLimits): Promise<SessionStore> {
  const { sessions } = await openHome(home)
  return new SessionStore(await openDatabase(sessions, CONVERSATIONS), sessions, limits)
}
