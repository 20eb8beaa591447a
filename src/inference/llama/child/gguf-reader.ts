import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { BadModelError } from '../../../interface/index.ts'

/** A value that is kept; arrays and overlong texts are skipped. */
export type GgufScalar = string | number | boolean

/** Bytes of the scalar types, by their number in the format: u8 i8 u16 i16 u32 i32 f32 bool - - u64 i64 f64. */
const SCALAR_BYTES = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8]
const TYPE_STRING = 8
const TYPE_ARRAY = 9
const WINDOW_BYTES = 1 << 18
const MAX_TEXT_BYTES = 65_535
/** Kept of a text; names are shorter. */
const MAX_KEPT_LENGTH = 256
const MAX_ARRAY_DEPTH = 2

/** Reads a GGUF forward through a window of fixed size; no number in the file decides how much is allocated. */
export class GgufReader implements Disposable {
  readonly sizeBytes: number
  readonly #file: number
  readonly #window = Buffer.alloc(WINDOW_BYTES)
  #windowStart = 0
  #windowEnd = 0
  #offset = 0

  constructor(modelFile: string) {
    this.#file = openSync(modelFile, 'r')
    this.sizeBytes = fstatSync(this.#file).size
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }

  /** Where the next byte is read. */
  get offset(): number {
    return this.#offset
  }

  ascii(length: number): string {
    return this.#take(length).toString('latin1')
  }

  u32(): number {
    return this.#take(4).readUInt32LE()
  }

  /** A 64-bit number; beyond 2^53 it is no longer exact, which is beyond every bound here. */
  u64(): number {
    return Number(this.#take(8).readBigUInt64LE())
  }

  /** A number of things, refused when there are more than `max`. */
  count(what: string, max: number): number {
    const count = this.u64()
    if (count > max) throw new BadModelError(`it claims ${count} ${what}`)
    return count
  }

  /** A name; refused when it is longer than the format allows. */
  text(what: string): string {
    const length = this.u64()
    if (length > MAX_TEXT_BYTES) throw new BadModelError(`${what} claims ${length} bytes`)
    return this.#take(length).toString('utf8')
  }

  /** The value of a key, or undefined for arrays and long texts, which are skipped. */
  value(key: string): GgufScalar | undefined {
    const type = this.u32()
    if (type === TYPE_STRING) {
      const length = this.u64()
      const kept = Math.min(length, MAX_KEPT_LENGTH)
      if (length > this.sizeBytes - this.#offset) throw new BadModelError(`${shown(key)} reaches beyond the file`)
      const value = this.#take(kept).toString('utf8')
      this.#skip(length - kept)
      return value
    }
    if (type === TYPE_ARRAY) return this.#firstOfArray(key, 1)
    return this.#scalar(type, key)
  }

  /** Head counts may be given for each layer: the largest number decides about memory. */
  #firstOfArray(key: string, depth: number): GgufScalar | undefined {
    const type = this.u32()
    const length = this.u64()
    const eachBytes = type === TYPE_STRING ? 8 : type === TYPE_ARRAY ? 12 : (SCALAR_BYTES[type] ?? 0)
    if (eachBytes === 0) throw new BadModelError(`${shown(key)} is of unknown type ${type}`)
    if (length * eachBytes > this.sizeBytes - this.#offset)
      throw new BadModelError(`${shown(key)} reaches beyond the file`)
    if (type === TYPE_STRING) {
      for (let index = 0; index < length; index++) this.#skip(this.u64())
      return undefined
    }
    if (type === TYPE_ARRAY) {
      if (depth >= MAX_ARRAY_DEPTH) throw new BadModelError(`${shown(key)} is nested too deep`)
      for (let index = 0; index < length; index++) this.#firstOfArray(key, depth + 1)
      return undefined
    }
    if (!key.includes('.attention.') || length > 4096) {
      this.#skip(length * eachBytes)
      return undefined
    }
    let largest: number | undefined
    for (let index = 0; index < length; index++) {
      const value = this.#scalar(type, key)
      if (typeof value === 'number') largest = Math.max(largest ?? 0, value)
    }
    return largest
  }

  #scalar(type: number, key: string): number | boolean {
    const bytes = this.#take(SCALAR_BYTES[type] || this.#unknown(type, key))
    switch (type) {
      case 0:
        return bytes.readUInt8()
      case 1:
        return bytes.readInt8()
      case 2:
        return bytes.readUInt16LE()
      case 3:
        return bytes.readInt16LE()
      case 4:
        return bytes.readUInt32LE()
      case 5:
        return bytes.readInt32LE()
      case 6:
        return bytes.readFloatLE()
      case 7:
        return bytes.readUInt8() !== 0
      case 10:
        return Number(bytes.readBigUInt64LE())
      case 11:
        return Number(bytes.readBigInt64LE())
      default:
        return bytes.readDoubleLE()
    }
  }

  #unknown(type: number, key: string): never {
    throw new BadModelError(`${shown(key)} is of unknown type ${type}`)
  }

  #skip(length: number): void {
    if (!(length <= this.sizeBytes - this.#offset)) throw new BadModelError('the file is cut in its header')
    this.#offset += length
  }

  #take(length: number): Buffer {
    const start = this.#offset
    this.#skip(length)
    if (start < this.#windowStart || start + length > this.#windowEnd) {
      this.#windowStart = start
      this.#windowEnd = start + readSync(this.#file, this.#window, 0, WINDOW_BYTES, start)
    }
    if (start + length > this.#windowEnd) throw new BadModelError('the file is cut in its header')
    return this.#window.subarray(start - this.#windowStart, start - this.#windowStart + length)
  }
}

function shown(key: string): string {
  return JSON.stringify(key.slice(0, 60))
}
