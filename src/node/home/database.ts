import { chmod, open, stat } from 'node:fs/promises'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { HomeUnusableError } from '../../interface/index.ts'
import { reason } from './home-folder.ts'
import { importSqlite } from './sqlite.ts'

/** Another process holds the database for milliseconds; longer, and it is stuck. */
const BUSY_TIMEOUT_MS = 2000
/** Switching a new file to its log does not wait by itself while another process does the same. */
const OPEN_ATTEMPTS = 50
const OPEN_PAUSE_MS = 20
const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26
const OPEN_TO_OTHERS = 0o077
/** A database of its own that goes with the process. */
export const IN_MEMORY = ':memory:'

/** A file of tables that p2pai keeps. */
export interface DatabaseKind {
  /** What it holds, for error messages: `the conversations`. */
  what: string
  /** How the tables came to be, one step a version. Steps are never changed, only added. */
  migrations: readonly string[]
}

/**
 * Opens a database, 0600, and brings its tables up to date; `:memory:` is one without a file. A process that is killed
 * leaves what was there before its last change, or after. Throws `HomeUnusableError`.
 */
export async function openDatabase(file: string, kind: DatabaseKind): Promise<DatabaseSync> {
  const { DatabaseSync } = await importSqlite()
  for (let attempt = 1; ; attempt++) {
    let database: DatabaseSync | undefined
    try {
      if (file !== IN_MEMORY) await keepToOwner(file)
      database = new DatabaseSync(file)
      prepare(database, kind)
      return database
    } catch (error) {
      database?.close()
      if (codeOf(error) !== SQLITE_BUSY || attempt === OPEN_ATTEMPTS) throw unusable(file, kind, error)
      await sleep(OPEN_PAUSE_MS)
    }
  }
}

/** What a failed operation on a database means for its user. */
export function unusable(file: string, { what }: DatabaseKind, error: unknown): HomeUnusableError {
  if (error instanceof HomeUnusableError) return error
  const damaged = [SQLITE_CORRUPT, SQLITE_NOTADB].includes(codeOf(error) ?? 0)
  const problem = damaged ? 'the file is damaged; move it away to begin anew' : reason(error)
  return new HomeUnusableError(`cannot use ${what} in ${file}: ${problem}`, { cause: error })
}

function prepare(database: DatabaseSync, { what, migrations }: DatabaseKind): void {
  // What is deleted is overwritten, and gives its space back.
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA auto_vacuum = FULL; PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON`)
  if (versionOf(database) === migrations.length) return
  database.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have done it in between.
    const version = versionOf(database)
    if (version > migrations.length) {
      throw new HomeUnusableError(`${what} of this home were written by a newer p2pai; update this one`)
    }
    for (const step of migrations.slice(version)) database.exec(step)
    database.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`)
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
