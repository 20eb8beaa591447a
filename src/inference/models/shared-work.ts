import { AbortedError, throwIfAborted, toP2paiError } from '../../interface/index.ts'

interface Running<T, P> {
  result: Promise<T>
  controller: AbortController
  listeners: Set<(progress: P) => void>
}

/** Work that is done once for all who ask for it while it runs. It is aborted when the last of them gives up. */
export class SharedWork<T, P> {
  readonly #running = new Map<string, Running<T, P>>()

  /** Joins the work under a key, or starts it. Throws what the work throws, or `AbortedError`. */
  async run(
    key: string,
    start: (onProgress: (progress: P) => void, signal: AbortSignal) => Promise<T>,
    { onProgress, signal }: { onProgress?: ((progress: P) => void) | undefined; signal?: AbortSignal | undefined } = {}
  ): Promise<T> {
    throwIfAborted(signal)
    const running = this.#running.get(key) ?? this.#start(key, start)
    const listener = (progress: P): void => onProgress?.(progress)
    running.listeners.add(listener)
    const left = Promise.withResolvers<never>()
    const leave = (): void => {
      running.listeners.delete(listener)
      if (running.listeners.size === 0) running.controller.abort(new AbortedError('nobody waits for it any more'))
      left.reject(toP2paiError(signal?.reason))
    }
    signal?.addEventListener('abort', leave, { once: true })
    try {
      // Whoever is the last to leave waits until the work has let go of its files.
      return await Promise.race([running.result, left.promise])
    } catch (error) {
      if (running.controller.signal.aborted) await running.result.catch(() => undefined)
      throw error
    } finally {
      signal?.removeEventListener('abort', leave)
      running.listeners.delete(listener)
    }
  }

  #start(key: string, start: (onProgress: (progress: P) => void, signal: AbortSignal) => Promise<T>): Running<T, P> {
    const controller = new AbortController()
    const listeners = new Set<(progress: P) => void>()
    const tell = (progress: P): void => {
      for (const listener of listeners) listener(progress)
    }
    const result = start(tell, controller.signal).finally(() => {
      if (this.#running.get(key)?.result === result) this.#running.delete(key)
    })
    result.catch(() => undefined)
    const running = { result, controller, listeners }
    this.#running.set(key, running)
    // An aborted work must not be joined by whoever comes next.
    controller.signal.addEventListener('abort', () => this.#running.delete(key), { once: true })
    return running
  }
}
