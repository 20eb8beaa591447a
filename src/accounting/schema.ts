/** How the tables of the ledger came to be, one step a version. Steps are never changed, only added. */
export const LEDGER_MIGRATIONS: readonly string[] = [
  `CREATE TABLE accounts (
     peer TEXT PRIMARY KEY, gave_tokens INTEGER NOT NULL DEFAULT 0, acknowledged_tokens INTEGER NOT NULL DEFAULT 0,
     gave_credits INTEGER NOT NULL DEFAULT 0, took_tokens INTEGER NOT NULL DEFAULT 0,
     took_credits INTEGER NOT NULL DEFAULT 0, receipts INTEGER NOT NULL DEFAULT 0,
     used_ms INTEGER NOT NULL DEFAULT 0, banned INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX accounts_used ON accounts (used_ms);
   CREATE TABLE receipts (
     number INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, role TEXT NOT NULL, peer TEXT NOT NULL,
     issued_ms INTEGER NOT NULL, promised_ms INTEGER, observed_ms INTEGER NOT NULL, receipt BLOB NOT NULL,
     acknowledgement BLOB NOT NULL, UNIQUE (job, role)
   ) STRICT;
   CREATE TABLE refused (
     number INTEGER PRIMARY KEY AUTOINCREMENT, peer TEXT NOT NULL, fault TEXT NOT NULL, at_ms INTEGER NOT NULL,
     first BLOB, second BLOB
   ) STRICT;
   CREATE TABLE days (day INTEGER PRIMARY KEY, spent_credits INTEGER NOT NULL) STRICT;`,
  `CREATE INDEX receipts_peer ON receipts (peer, number);`
]
