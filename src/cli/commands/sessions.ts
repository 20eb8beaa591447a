import { InvalidRequestError, openSessions, type Session, type SessionStore } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { readSession } from '../conversation/begin.ts'
import { transcript } from '../conversation/transcript.ts'
import { table } from '../output/table.ts'
import { size } from '../output/units.ts'

interface JsonFlag {
  json?: boolean | undefined
}

/** `p2pai sessions ls`. */
export async function listSessions(flags: JsonFlag, { terminal }: CommandContext): Promise<number> {
  const sessions = await withStore(store => store.list())
  if (flags.json) await terminal.writeJson({ version: 1, sessions })
  else if (sessions.length === 0) terminal.note('no conversation is kept yet; begin one with: p2pai chat')
  else {
    const rows = sessions.map(({ id, usedAtMs, turns, sizeBytes, model, title }) => [
      id,
      localTime(usedAtMs),
      turns,
      size(sizeBytes),
      model,
      title
    ])
    await terminal.write(table(['ID', 'LAST USED', 'TURNS', 'SIZE', 'MODEL', 'TITLE'], rows))
  }
  return 0
}

/** `p2pai sessions show`. */
export async function showSession(name: string, flags: JsonFlag, { terminal }: CommandContext): Promise<number> {
  const session = await readSession(name)
  if (flags.json) await terminal.writeJson({ version: 1, session: withoutTag(session) })
  else await terminal.write(transcript(session, terminal))
  return 0
}

/** `p2pai sessions rm`. All that exist are removed, also when one does not. */
export async function removeSessions(
  ids: string[],
  flags: JsonFlag & { all?: boolean | undefined },
  { terminal }: CommandContext
): Promise<number> {
  if (flags.all ? ids.length > 0 : ids.length === 0) {
    throw new InvalidRequestError('name the conversations, or all of them with --all', { details: { field: 'id' } })
  }
  const { removed, missing } = await withStore(store => {
    if (flags.all) return { removed: store.removeAll(), missing: [] }
    const gone = ids.filter(id => !store.remove(id))
    return { removed: ids.length - gone.length, missing: gone }
  })
  if (flags.json) await terminal.writeJson({ version: 1, removed })
  else terminal.note(`${removed} ${removed === 1 ? 'conversation' : 'conversations'} removed`)
  if (missing.length === 0) return 0
  throw new InvalidRequestError(`there is no conversation ${missing.join(', ')}; see: p2pai sessions`, {
    details: { field: 'id' }
  })
}

async function withStore<T>(work: (store: SessionStore) => T): Promise<T> {
  const store = await openSessions()
  try {
    return work(store)
  } finally {
    store.close()
  }
}

/** The tag says nothing to anybody but the provider that gave it. */
function withoutTag({ conversationTag: _tag, ...session }: Session): Omit<Session, 'conversationTag'> {
  return session
}

function localTime(atMs: number): string {
  const date = new Date(atMs)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}
