import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementResultingChanges, StatementSync } from 'node:sqlite'
import type { JobReceipt, LedgerAccount, ReceiptFault, RefusedRecord } from '../interface/index.ts'
import { exportedLine } from './exported-line.ts'

/** Receipts that are kept; the sums stay when older ones go. About 50 MB. */
export const MAX_RECEIPTS = 50_000
/** Of these, of one peer. */
export const MAX_RECEIPTS_PER_PEER = 5_000
/** Peers with an account of their own; those beyond it that count for least are summed up in one. */
export const MAX_ACCOUNTS = 10_000
/** One in so many accounts is of those met last, and one in so many of frauds, whatever they count for. */
const ONE_IN = 10
/** What is too much by less than one in a hundred may stay for a while: looking for it takes long. */
const SLACK = 100
/** Refused records that are kept, of all peers and of one. */
const MAX_REFUSED = 1_000
const MAX_REFUSED_PER_PEER = 10
/** What is kept of a refused record: as much as a true one has at most. */
const MAX_RECORD_BYTES = 2_048
/** Days of which it is known what was spent. */
const MAX_DAYS = 400
const DAY_MS = 24 * 60 * 60_000
/** The account of all peers that have none of their own. No peer id is that short. */
export const OTHERS = 'others'

/** What a provider gave since it last wrote it down. */
export interface Given {
  tokens: number
  /** Tokens that the asker signed for. */
  acknowledgedTokens: number
  /** Of the same signatures. */
  microCredits: number
}

/** What an asker took since it last wrote it down. */
export interface Taken {
  tokens: number
  microCredits: number
}

/** A receipt that both sides signed. */
export interface BothSigned {
  content: JobReceipt
  receipt: Uint8Array
  acknowledgement: Uint8Array
}

/** A kept receipt as it is read back. */
export interface KeptReceipt {
  job: string
  /** Whether this node gave or took. */
  role: 'gave' | 'took'
  peer: string
  issuedAtMs: number
  /** Absent where nothing was promised. */
  promisedFirstTokenMs?: number
  observedFirstTokenMs: number
  receipt: Uint8Array
  acknowledgement: Uint8Array
}

/** Bounds, smaller in tests. */
export interface LedgerLimits {
  receipts: number
  receiptsPerPeer: number
  accounts: number
}

const LIMITS: LedgerLimits = {
  receipts: MAX_RECEIPTS,
  receiptsPerPeer: MAX_RECEIPTS_PER_PEER,
  accounts: MAX_ACCOUNTS
}

/** What jobs write down. */
export type LedgerSink = Pick<Ledger, 'gave' | 'took' | 'refuse'>

type Row = Record<string, SQLOutputValue>

/**
 * Who gave what to whom, as this node knows it. Every change is whole or not there, whenever the process is killed, and
 * several processes may write. What a failing file throws is made readable by `unusable`.
 */
export class Ledger {
  readonly #database: DatabaseSync
  readonly #unusable: (error: unknown) => Error
  readonly #limits: LedgerLimits
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync, unusable: (error: unknown) => Error, limits = LIMITS) {
    this.#database = database
    this.#unusable = unusable
    this.#limits = limits
  }

  /** This node gave more to a peer; with the receipt once both have signed it. */
  gave(peer: string, { tokens, acknowledgedTokens, microCredits }: Given, signed?: BothSigned): void {
    if (tokens === 0 && acknowledgedTokens === 0 && microCredits === 0 && signed === undefined) return
    this.#change(() => {
      this.#add(peer, [tokens, acknowledgedTokens, microCredits, 0, 0, signed ? 1 : 0])
      if (signed) this.#keep('gave', peer, signed)
    })
  }

  /** This node took more of a peer; with the receipt once both have signed it. */
  took(peer: string, { tokens, microCredits }: Taken, signed?: BothSigned): void {
    if (tokens === 0 && microCredits === 0 && signed === undefined) return
    this.#change(() => {
      this.#add(peer, [0, 0, 0, tokens, microCredits, signed ? 1 : 0])
      if (microCredits > 0) this.#spend(microCredits)
      if (signed) this.#keep('took', peer, signed)
    })
  }

  /** A record was refused. Two that contradict each other are proof of fraud, and their peer is not served again. */
  refuse(peer: string, fault: ReceiptFault, envelopes: readonly Uint8Array[]): void {
    this.#change(() => {
      const [first = null, second = null] = envelopes.map(envelope => envelope.subarray(0, MAX_RECORD_BYTES))
      this.#run('INSERT INTO refused (peer, fault, at_ms, first, second) VALUES (?, ?, ?, ?, ?)', [
        ...[peer, fault, Date.now()],
        ...[first, second]
      ])
      // Proofs stay longest.
      const rest = `ORDER BY second IS NOT NULL DESC, number DESC LIMIT -1 OFFSET ?`
      this.#run(`DELETE FROM refused WHERE number IN (SELECT number FROM refused WHERE peer = ? ${rest})`, [
        ...[peer, MAX_REFUSED_PER_PEER]
      ])
      this.#run(`DELETE FROM refused WHERE number IN (SELECT number FROM refused ${rest})`, [MAX_REFUSED])
      if (second === null) return
      this.#add(peer, [0, 0, 0, 0, 0, 0])
      this.#run('UPDATE accounts SET banned = 1 WHERE peer = ?', [peer])
    })
  }

  /** What there is between this node and a peer; undefined when they never met. */
  account(peer: string): LedgerAccount | undefined {
    const [row] = this.#all('SELECT * FROM accounts WHERE peer = ?', [peer])
    return row && accountOf(row)
  }

  /** All accounts, those with most work first. */
  accounts(): LedgerAccount[] {
    return this.#all('SELECT * FROM accounts ORDER BY gave_tokens + took_tokens DESC, peer').map(accountOf)
  }

  /** All receipts, oldest first. They are read piece by piece: there may be many. */
  *receipts(): Generator<KeptReceipt> {
    for (let number = 0; ; ) {
      const rows = this.#all('SELECT * FROM receipts WHERE number > ? ORDER BY number LIMIT 500', [number])
      if (rows.length === 0) return
      for (const row of rows) yield receiptOf(row)
      number = Number(rows.at(-1)!.number)
    }
  }

  /** All receipts as lines of a file, for `ledger verify`. */
  *exportedLines(): Generator<string> {
    for (const receipt of this.receipts()) yield exportedLine(receipt)
  }

  /** What was refused, newest first. */
  refused(): RefusedRecord[] {
    return this.#all('SELECT peer, fault, at_ms, second FROM refused ORDER BY number DESC').map(row => ({
      peer: String(row.peer),
      fault: String(row.fault) as ReceiptFault,
      atMs: Number(row.at_ms),
      isProof: row.second !== null
    }))
  }

  /** Micro-credits that this node promised to pay on the day (UTC) of a moment. */
  spentOn(atMs: number): number {
    const [row] = this.#all('SELECT spent_credits FROM days WHERE day = ?', [Math.floor(atMs / DAY_MS)])
    return Number(row?.spent_credits ?? 0)
  }

  /** Lets go of the file. What streams that die after it still want to write, less than one acknowledgement, is lost. */
  close(): void {
    if (this.#database.isOpen) this.#database.close()
  }

  #add(peer: string, sums: number[]): void {
    const isNew = peer !== OTHERS && this.account(peer) === undefined
    this.#run(
      `INSERT INTO accounts (peer, gave_tokens, acknowledged_tokens, gave_credits, took_tokens, took_credits, receipts,
         used_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (peer) DO UPDATE SET gave_tokens = gave_tokens + excluded.gave_tokens,
         acknowledged_tokens = acknowledged_tokens + excluded.acknowledged_tokens,
         gave_credits = gave_credits + excluded.gave_credits, took_tokens = took_tokens + excluded.took_tokens,
         took_credits = took_credits + excluded.took_credits, receipts = receipts + excluded.receipts,
         used_ms = max(used_ms, excluded.used_ms)`,
      [peer, ...sums, Date.now()]
    )
    if (isNew) this.#sumUp()
  }

  /**
   * Strangers by the thousand share one account, so that they do not fill the disk: and none of who has worked for this
   * node, or took much of it, goes for them. Fresh accounts get the time to count for something.
   */
  #sumUp(): void {
    const { accounts } = this.#limits
    const [{ number } = {}] = this.#all('SELECT count(*) AS number FROM accounts WHERE peer <> ?', [OTHERS])
    if (Number(number) <= accounts + Math.floor(accounts / SLACK)) return
    const share = Math.ceil(accounts / ONE_IN)
    const over = this.#all(
      `SELECT * FROM accounts WHERE peer <> ? ORDER BY
         peer IN (SELECT peer FROM accounts ORDER BY used_ms DESC, rowid DESC LIMIT ?)
         OR peer IN (SELECT peer FROM accounts WHERE banned = 1 ORDER BY took_tokens DESC, used_ms DESC LIMIT ?) DESC,
         took_tokens DESC, gave_tokens DESC, used_ms DESC LIMIT -1 OFFSET ?`,
      [OTHERS, share, share, accounts]
    )
    for (const row of over) {
      this.#run('DELETE FROM accounts WHERE peer = ?', [row.peer as string])
      const sums = ['gave_tokens', 'acknowledged_tokens', 'gave_credits', 'took_tokens', 'took_credits', 'receipts']
      this.#add(
        OTHERS,
        sums.map(name => Number(row[name]))
      )
    }
  }

  #keep(role: KeptReceipt['role'], peer: string, { content, receipt, acknowledgement }: BothSigned): void {
    const { job, issuedAtMs, promisedFirstTokenMs, observedFirstTokenMs } = content
    const { lastInsertRowid } = this.#run(
      `INSERT INTO receipts (job, role, peer, issued_ms, promised_ms, observed_ms, receipt, acknowledgement)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      [job, role, peer, issuedAtMs, promisedFirstTokenMs ?? null, observedFirstTokenMs, receipt, acknowledgement]
    )
    this.#drop(peer, Number(lastInsertRowid))
  }

  /** Receipts beyond the bounds: a peer's oldest, and the oldest of all, those of who never worked for this node first. */
  #drop(peer: string, newest: number): void {
    const { receipts, receiptsPerPeer } = this.#limits
    this.#run(
      `DELETE FROM receipts WHERE peer = ? AND number <=
         (SELECT number FROM receipts WHERE peer = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`,
      [peer, peer, receiptsPerPeer]
    )
    if (newest % Math.ceil(receipts / SLACK) !== 0) return
    const [{ kept } = {}] = this.#all('SELECT count(*) AS kept FROM receipts')
    this.#run(
      `DELETE FROM receipts WHERE number IN (SELECT number FROM receipts LEFT JOIN accounts USING (peer)
         ORDER BY coalesce(took_tokens, 0) > 0, number LIMIT ?)`,
      [Math.max(0, Number(kept) - receipts)]
    )
  }

  #spend(microCredits: number): void {
    const day = Math.floor(Date.now() / DAY_MS)
    this.#run(
      `INSERT INTO days (day, spent_credits) VALUES (?, ?)
       ON CONFLICT (day) DO UPDATE SET spent_credits = spent_credits + excluded.spent_credits`,
      [day, microCredits]
    )
    this.#run('DELETE FROM days WHERE day <= ?', [day - MAX_DAYS])
  }

  #change(work: () => void): void {
    if (!this.#database.isOpen) return
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        work()
        this.#database.exec('COMMIT')
      } catch (error) {
        this.#database.exec('ROLLBACK')
        throw error
      }
    } catch (error) {
      throw this.#unusable(error)
    }
  }

  #all(sql: string, values: SQLInputValue[] = []): Row[] {
    try {
      return this.#statement(sql).all(...values)
    } catch (error) {
      throw this.#unusable(error)
    }
  }

  #run(sql: string, values: SQLInputValue[] = []): StatementResultingChanges {
    return this.#statement(sql).run(...values)
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql)
    this.#statements.set(sql, known)
    return known
  }
}

function accountOf(row: Row): LedgerAccount {
  return {
    peer: String(row.peer),
    gaveTokens: Number(row.gave_tokens),
    acknowledgedTokens: Number(row.acknowledged_tokens),
    gaveMicroCredits: Number(row.gave_credits),
    tookTokens: Number(row.took_tokens),
    tookMicroCredits: Number(row.took_credits),
    receipts: Number(row.receipts),
    usedAtMs: Number(row.used_ms),
    isBanned: Number(row.banned) === 1
  }
}

function receiptOf(row: Row): KeptReceipt {
  return {
    job: String(row.job),
    role: row.role === 'gave' ? 'gave' : 'took',
    peer: String(row.peer),
    issuedAtMs: Number(row.issued_ms),
    ...(row.promised_ms !== null && { promisedFirstTokenMs: Number(row.promised_ms) }),
    observedFirstTokenMs: Number(row.observed_ms),
    receipt: row.receipt as Uint8Array,
    acknowledgement: row.acknowledgement as Uint8Array
  }
}
