import { InvalidRequestError } from '../../../interface/index.ts'
import { type InputItem, type ItemReference, inputItem } from './input.ts'

/** Items kept, and their bytes as JSON: the last conversations of this machine's programs. */
const MAX_ITEMS = 2_000
const MAX_BYTES = 16 << 20
/** An item that nobody has named for so long is forgotten. */
const KEPT_MS = 60 * 60_000

interface Kept {
  item: InputItem
  bytes: number
  atMs: number
}

/**
 * The last items of answers, by their ids. OpenAI's API keeps answers unless told otherwise, and some clients name
 * earlier items by their ids alone. Kept in memory only, for an hour; `store: false` keeps nothing.
 */
export class ItemStore {
  readonly #kept = new Map<string, Kept>()
  #bytes = 0

  /** Takes the items of an answer, as they stand in its `output`. */
  keep(items: readonly unknown[]): void {
    const atMs = performance.now()
    for (const [id, { atMs: keptAtMs }] of this.#kept) {
      if (atMs - keptAtMs <= KEPT_MS) break
      this.#forget(id)
    }
    for (const value of items) {
      const item = inputItem.parse(value)
      if (typeof item.id !== 'string') continue
      const bytes = Buffer.byteLength(JSON.stringify(item))
      this.#forget(item.id)
      this.#kept.set(item.id, { item, bytes, atMs })
      this.#bytes += bytes
    }
    for (const id of this.#kept.keys()) {
      if (this.#kept.size <= MAX_ITEMS && this.#bytes <= MAX_BYTES) break
      this.#forget(id)
    }
  }

  /** The input with its references replaced by what they name. Throws `InvalidRequestError` for one that is not known. */
  resolve(input: string | readonly (InputItem | ItemReference)[]): string | InputItem[] {
    if (typeof input === 'string') return input
    return input.map(
      (item, index) => (item.type === 'item_reference' ? this.#find(item.id as string, index) : item) as InputItem
    )
  }

  #find(id: string, index: number): InputItem {
    const kept = this.#kept.get(id)
    if (kept !== undefined) {
      // What is named is what goes on.
      this.#kept.delete(id)
      this.#kept.set(id, { ...kept, atMs: performance.now() })
      return kept.item
    }
    const field = `input[${index}].id`
    throw new InvalidRequestError(
      `${field}: this item is not known here, or not any more; send the item itself, or ask with store: false`,
      { details: { field } }
    )
  }

  #forget(id: string): void {
    this.#bytes -= this.#kept.get(id)?.bytes ?? 0
    this.#kept.delete(id)
  }
}
