import { throwIfAborted, toP2paiError } from '../interface/index.ts'

/**
 * Passes items on until `signal` is aborted, and then throws its reason at once, even while the source hangs: an
 * engine that does not obey must not keep a stream open.
 */
export async function* untilAborted<Item>(source: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  throwIfAborted(signal)
  const iterator = source[Symbol.asyncIterator]()
  // One listener for all items: a promise that is raced again and again would keep every loser.
  let giveUp: () => void = () => undefined
  const aborted = () => giveUp()
  signal.addEventListener('abort', aborted)
  try {
    for (;;) {
      const { value, done } = await new Promise<IteratorResult<Item>>((resolve, reject) => {
        giveUp = () => reject(toP2paiError(signal.reason))
        iterator.next().then(resolve, reject)
      })
      if (done === true) return
      yield value
      throwIfAborted(signal)
    }
  } finally {
    signal.removeEventListener('abort', aborted)
    // Not awaited: a source that hangs ends when it ends, and its failure then is nobody's news.
    iterator.return?.().then(undefined, () => undefined)
  }
}

/** The result of work, or at once what `signal` is aborted with, even while the work hangs. */
export async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  // Work that is left fails when it fails, and that is nobody's news.
  work.catch(() => undefined)
  throwIfAborted(signal)
  return await new Promise<Result>((resolve, reject) => {
    const aborted = () => reject(toP2paiError(signal.reason))
    signal.addEventListener('abort', aborted, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted))
  })
}
