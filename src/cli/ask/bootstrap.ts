import { type InferenceEngine, InvalidAddressError, NoProviderError, toP2paiError } from '../../index.ts'

/** The addresses of `--bootstrap` while they are dialled, and what came of it. */
export class BootstrapDials {
  private readonly waiting: Set<string>
  private readonly problems: string[] = []
  private reached = 0
  /** Settles when every dial has ended, well or not. Throws `InvalidAddressError` for what is no address. */
  readonly settled: Promise<void>

  constructor(addresses: string[], connect: (address: string) => Promise<unknown>) {
    this.waiting = new Set(addresses)
    this.settled = Promise.all([...this.waiting].map(address => this.dial(address, connect))).then(() => undefined)
    // Whoever does not wait for the dials must not end with them.
    this.settled.catch(() => undefined)
  }

  /** Whether all dials ended and none had a connection. */
  get allFailed(): boolean {
    return this.waiting.size === 0 && this.reached === 0 && this.problems.length > 0
  }

  /** What is wrong with which address, in one line; undefined while there is nothing wrong. */
  get problem(): string | undefined {
    const silent = [...this.waiting].map(address => `no answer from ${address}`)
    return [...this.problems, ...silent].join('; ') || undefined
  }

  private async dial(address: string, connect: (address: string) => Promise<unknown>): Promise<void> {
    try {
      await connect(address)
      this.reached++
    } catch (error) {
      const problem = toP2paiError(error)
      if (problem instanceof InvalidAddressError) throw problem
      this.problems.push(problem.message.includes(address) ? problem.message : `${address}: ${problem.message}`)
    }
    this.waiting.delete(address)
  }
}

/**
 * `generate` of a node that knows nobody but its bootstrap: "no provider was found" then says which address was not
 * reached, and is said at once when all have failed and `hasOtherWays` knows of nothing else to wait for.
 */
export function explainBootstrap(
  generate: InferenceEngine['generate'],
  dials: BootstrapDials,
  hasOtherWays: () => boolean
): InferenceEngine['generate'] {
  return async function* (request, options = {}) {
    const hopeless = new AbortController()
    const noProvider = (cause?: unknown) =>
      new NoProviderError(`no provider of ${request.model} was found: ${dials.problem}`, { cause })
    const judge = (): void => {
      if (dials.allFailed && !hasOtherWays()) hopeless.abort(noProvider())
    }
    dials.settled.then(judge, error => hopeless.abort(error))
    const signal = AbortSignal.any([hopeless.signal, ...(options.signal ? [options.signal] : [])])
    try {
      yield* generate(request, { ...options, signal })
    } catch (error) {
      if (hopeless.signal.aborted && !options.signal?.aborted) throw hopeless.signal.reason
      if (error instanceof NoProviderError && dials.problem !== undefined) throw noProvider(error)
      throw error
    }
  }
}
