import { chmod, open, stat } from 'node:fs/promises'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { HomeUnusableError } from '../../interface/index.ts'
import { reason } from '../home/home-folder.ts'
import { importSqlite } from '../home/sqlite.ts'

/** Another process holds the database for milliseconds; longer, and it is stuck. */
const BUSY_TIMEOUT_MS = 2000
/** Switching a new file to its log does not wait by itself while another process does the same. */
const OPEN_ATTEMPTS = 50
const OPEN_PAUSE_MS = 20
const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26
const OPEN_TO_OTHERS = 0o077

/** How the tables came to be, one step a version. Steps are never changed, only added. */
const MIGRATIONS = [
  `CREATE TABLE sessions (
     id TEXT PRIMARY KEY, revision INTEGER NOT NULL, title TEXT NOT NULL, created_ms INTEGER NOT NULL,
     used_ms INTEGER NOT NULL, model TEXT NOT NULL, turn_count INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
     tag BLOB, content TEXT NOT NULL
   ) STRICT;
   CREATE INDEX sessions_used ON sessions (used_ms);
   CREATE TABLE inputs (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL) STRICT;`
]

/**
 * Opens the database of conversations, 0600, and brings its tables up to date. A process that is killed leaves what
 * was there before its last change, or after. Throws `HomeUnusableError`.
 */
export async function openDatabase(file: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await importSqlite()
  for (let attempt = 1; ; attempt++) {
    let database: DatabaseSync | undefined
    try {
      await keepToOwner(file)
      database = new DatabaseSync(file)
      prepare(database)
      return database
    } catch (error) {
      database?.close()
      if (codeOf(error) !== SQLITE_BUSY || attempt === OPEN_ATTEMPTS) throw unusable(file, error)
      await sleep(OPEN_PAUSE_MS)
    }
  }
}

/** What a failed operation on the database means for its user. */
export function unusable(file: string, error: unknown): HomeUnusableError {
  if (error instanceof HomeUnusableError) return error
  const damaged = [SQLITE_CORRUPT, SQLITE_NOTADB].includes(codeOf(error) ?? 0)
  const problem = damaged ? 'the file is damaged; move it away to begin anew' : reason(error)
  return new HomeUnusableError(`cannot use the conversations in ${file}: ${problem}`, { cause: error })
}

function prepare(database: DatabaseSync): void {
  // What is deleted is overwritten, and gives its space back.
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA auto_vacuum = FULL; PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON`)
  if (versionOf(database) === MIGRATIONS.length) return
  database.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have done it in between.
    const version = versionOf(database)
    if (version > MIGRATIONS.length) {
      throw new HomeUnusableError('the conversations of this home were written by a newer p2pai; update this one')
    }
    for (const step of MIGRATIONS.slice(version)) database.exec(step)
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`)
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version)
}

/** The log beside the database gets the permissions of the database. */
async function keepToOwner(file: string): Promise<void> {
  try {
    await (await open(file, 'wx', 0o600)).close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (process.platform !== 'win32' && (await stat(file)).mode & OPEN_TO_OTHERS) await chmod(file, 0o600)
  }
}

function codeOf(error: unknown): number | undefined {
  return (error as { errcode?: number }).errcode
}
