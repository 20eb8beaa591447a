import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises'
import { z } from 'zod'
import { replaceFile } from '../files/replace-file.ts'
import { bootId } from './boot-id.ts'
import { diskError } from './disk.ts'
import { type FileRange, lengthOf, missingBytes, planRanges, rangeBytesFor } from './ranges.ts'

/** Largest state of an honest download: a range in 16 MiB of 2 TiB. */
const MAX_STATE_BYTES = 4 << 20
const CHECKPOINTS_A_RANGE = 8
/** Waiting for the disk is dear and only helps against a power cut, so it is done seldom. */
const SYNC_BYTES = 64 << 20

const stateSchema = z.object({
  version: z.literal(1),
  identity: z.string(),
  sizeBytes: z.number().int().positive(),
  rangeBytes: z.number().int().positive(),
  /** The run of the machine in which this was written. */
  boot: z.string(),
  /** Of each range, how many bytes from its start were written; true as long as the machine runs. */
  doneBytes: z.array(z.number().int().min(0)),
  /** The same as of the last time that the disk was waited for; true whatever happened. */
  syncedBytes: z.array(z.number().int().min(0))
})

/** What is fetched into a part file. */
export interface PartFacts {
  /** Tells two versions of a file apart; a part of another one is thrown away. */
  identity: string
  sizeBytes: number
  /** Whether it can be fetched in ranges. */
  ranges: boolean
}

/**
 * A file that is being fetched: `KEY.part`, and `KEY.json`, which says what of it is there. The state runs behind the
 * data by at most a quarter of a range when the process is killed, and never ahead of it, also after a power cut.
 */
export class PartFile {
  readonly path: string
  readonly ranges: FileRange[]
  readonly #facts: PartFacts
  readonly #handle: FileHandle
  readonly #stateFile: string
  readonly #rangeBytes: number
  #syncedBytes: number[]
  /** Written since the last state; since the disk was last waited for, by an earlier try too. */
  #pendingBytes = 0
  #unsyncedBytes: number
  #checkpoint: Promise<void> | undefined

  private constructor(file: string, facts: PartFacts, handle: FileHandle, ranges: FileRange[], earlier?: EarlierTry) {
    this.path = `${file}.part`
    this.#stateFile = `${file}.json`
    this.#facts = facts
    this.#handle = handle
    this.ranges = ranges
    this.#rangeBytes = rangeBytesFor(facts.sizeBytes, facts.ranges)
    this.#syncedBytes = earlier?.syncedBytes ?? ranges.map(() => 0)
    this.#unsyncedBytes = sumOf(earlier?.doneBytes) - sumOf(earlier?.syncedBytes)
  }

  /** Opens the part of an earlier try, or begins anew. `file` is the path without an ending. */
  static async open(file: string, facts: PartFacts): Promise<PartFile> {
    const rangeBytes = rangeBytesFor(facts.sizeBytes, facts.ranges)
    const ranges = planRanges(facts.sizeBytes, rangeBytes)
    const earlier = await readState(file, facts, rangeBytes, ranges)
    const handle = await open(`${file}.part`, earlier === undefined ? 'w+' : 'r+', 0o600)
    try {
      await handle.truncate(facts.sizeBytes)
    } catch (error) {
      await handle.close()
      throw error
    }
    for (const [index, range] of ranges.entries()) range.doneBytes = earlier?.doneBytes[index] ?? 0
    return new PartFile(file, facts, handle, ranges, earlier)
  }

  /** Bytes that are still to be fetched. */
  get missingBytes(): number {
    return missingBytes(this.ranges)
  }

  /** Writes what comes next in a range. Waits while the state runs too far behind. Throws `DiskFullError`. */
  async write(range: FileRange, data: Uint8Array): Promise<void> {
    try {
      for (let offset = 0; offset < data.byteLength; ) {
        const at = range.startByte + range.doneBytes
        const { bytesWritten } = await this.#handle.write(data, offset, data.byteLength - offset, at)
        offset += bytesWritten
        range.doneBytes += bytesWritten
        this.#pendingBytes += bytesWritten
        this.#unsyncedBytes += bytesWritten
      }
      const checkpointBytes = this.#rangeBytes / CHECKPOINTS_A_RANGE
      // A failure is not lost: whoever waits for the checkpoint sees it, and so does the next one.
      if (this.#pendingBytes >= checkpointBytes) this.#startCheckpoint(false).catch(() => undefined)
      if (this.#pendingBytes >= checkpointBytes) await this.#checkpoint
    } catch (error) {
      throw diskError(error, this.path)
    }
  }

  /** Forgets what was fetched of a range that must come in one piece. */
  restart(range: FileRange): void {
    range.doneBytes = 0
    this.#syncedBytes = this.ranges.map((other, index) => (other === range ? 0 : (this.#syncedBytes[index] ?? 0)))
  }

  /** Puts everything written so far on the disk, and says so in the state. */
  async save(): Promise<void> {
    await this.#checkpoint
    if (this.#unsyncedBytes > 0) await this.#startCheckpoint(true)
  }

  /** Lets go of the file; what is there is kept for the next try. */
  async close(): Promise<void> {
    try {
      await this.save()
    } finally {
      await this.#handle.close()
    }
  }

  /** Removes the part and its state, after `close`. */
  async remove(): Promise<void> {
    await Promise.all([rm(this.path, { force: true }), rm(this.#stateFile, { force: true })])
  }

  /** Removes the state alone: the part has become the file itself. */
  async forget(): Promise<void> {
    await rm(this.#stateFile, { force: true })
  }

  #startCheckpoint(sync: boolean): Promise<void> {
    this.#checkpoint ??= this.#save(sync || this.#unsyncedBytes >= SYNC_BYTES).finally(() => {
      this.#checkpoint = undefined
    })
    return this.#checkpoint
  }

  async #save(sync: boolean): Promise<void> {
    const doneBytes = this.ranges.map(range => range.doneBytes)
    this.#pendingBytes = 0
    if (sync) {
      this.#unsyncedBytes = 0
      // The data first: the state must never speak of bytes that a power cut could take back.
      await this.#handle.datasync()
      this.#syncedBytes = doneBytes
    }
    const { identity, sizeBytes } = this.#facts
    const syncedBytes = this.#syncedBytes
    const state = {
      version: 1,
      identity,
      sizeBytes,
      rangeBytes: this.#rangeBytes,
      boot: bootId(),
      doneBytes,
      syncedBytes
    }
    await replaceFile(this.#stateFile, JSON.stringify(state), sync)
  }
}

/** How much of a file an earlier try has fetched. `file` is the path without an ending. */
export async function fetchedBytes(file: string, facts: PartFacts): Promise<number> {
  const rangeBytes = rangeBytesFor(facts.sizeBytes, facts.ranges)
  return sumOf((await readState(file, facts, rangeBytes, planRanges(facts.sizeBytes, rangeBytes)))?.doneBytes)
}

/** What an earlier try has fetched of each range, and how much of that is surely on the disk. */
type EarlierTry = Pick<z.infer<typeof stateSchema>, 'doneBytes' | 'syncedBytes'>

function sumOf(bytes: readonly number[] = []): number {
  return bytes.reduce((sum, next) => sum + next, 0)
}

/** The state of an earlier try; undefined when there is none that fits. */
async function readState(
  file: string,
  { identity, sizeBytes }: PartFacts,
  rangeBytes: number,
  ranges: FileRange[]
): Promise<EarlierTry | undefined> {
  try {
    const [text, part] = await Promise.all([readFile(`${file}.json`, 'utf8'), stat(`${file}.part`)])
    if (text.length > MAX_STATE_BYTES || part.size !== sizeBytes) return undefined
    const { data } = stateSchema.safeParse(JSON.parse(text))
    if (data?.identity !== identity || data.sizeBytes !== sizeBytes || data.rangeBytes !== rangeBytes) return undefined
    const { syncedBytes } = data
    const doneBytes = data.boot === bootId() ? data.doneBytes : syncedBytes
    const fits =
      doneBytes.length === ranges.length &&
      syncedBytes.length === ranges.length &&
      ranges.every((range, index) => syncedBytes[index]! <= doneBytes[index]! && doneBytes[index]! <= lengthOf(range))
    return fits ? { doneBytes, syncedBytes } : undefined
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (missing || error instanceof SyntaxError) return undefined
    throw error
  }
}
