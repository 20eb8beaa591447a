import type { DatabaseKind } from '../home/database.ts'

/** The database of conversations. */
export const CONVERSATIONS: DatabaseKind = {
  what: 'the conversations',
  migrations: [
    `CREATE TABLE sessions (
       id TEXT PRIMARY KEY, revision INTEGER NOT NULL, title TEXT NOT NULL, created_ms INTEGER NOT NULL,
       used_ms INTEGER NOT NULL, model TEXT NOT NULL, turn_count INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
       tag BLOB, content TEXT NOT NULL
     ) STRICT;
     CREATE INDEX sessions_used ON sessions (used_ms);
     CREATE TABLE inputs (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL) STRICT;`
  ]
}
