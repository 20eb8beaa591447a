import { InsufficientMemoryError, throwIfAborted, toP2paiError } from '../../interface/index.ts'
import { type EngineSet, engineSet } from '../engine-set.ts'
import type { EngineLog, LoadableEngine } from '../llama/init.ts'
import { ManagedEngine } from './managed-engine.ts'

/** How long an idle model stays in memory unless told otherwise. */
export const DEFAULT_KEEP_ALIVE_MS = 10 * 60_000
/** How often files are looked at: adverts must not name for long what is gone. */
const CHECK_MS = 3000

/** How models are managed. */
export interface ModelManagerInit {
  /** Idle for this long, in milliseconds, a model leaves the memory; `Infinity`: never. @default 600000 */
  keepAliveMs?: number
  /** @default logs nothing */
  log?: EngineLog
}

/**
 * Many models in the memory that there is. A model is loaded by the first request for it, and unloaded when it was idle
 * for long, or when another one needs the memory: the one that was used least recently first, and never one at work.
 * Loads go one after the other. Engines at work share the cores.
 */
export class ModelManager {
  /** All models as one engine. */
  readonly engine: EngineSet = engineSet()
  readonly #managed = new Map<string, ManagedEngine>()
  /** Let go, and at work still. */
  readonly #leaving = new Set<ManagedEngine>()
  readonly #keepAliveMs: number
  readonly #log: EngineLog
  readonly #watch: NodeJS.Timeout
  #turn: Promise<unknown> = Promise.resolve()

  constructor({ keepAliveMs = DEFAULT_KEEP_ALIVE_MS, log = () => undefined }: ModelManagerInit = {}) {
    this.#keepAliveMs = keepAliveMs
    this.#log = log
    this.#watch = setInterval(() => void this.checkFiles(), CHECK_MS).unref()
  }

  /** Digests of the models that are managed. */
  get digests(): string[] {
    return [...this.#managed.keys()]
  }

  /** Whether an engine was seen to use a GPU, so that the machine's memory alone decides nothing. */
  get usesGpu(): boolean {
    return [...this.#managed.values()].some(({ engine }) => {
      const hardware = engine.status()[0]?.hardware ?? ''
      return hardware !== '' && !hardware.startsWith('cpu')
    })
  }

  /** Takes in an engine, cold; it is closed with the manager. Returns false for a model that is here already. */
  add(engine: LoadableEngine): boolean {
    const { digest } = engine.info
    if (this.#managed.has(digest)) return false
    const managed = new ManagedEngine({
      engine,
      keepAliveMs: this.#keepAliveMs,
      start: model => this.#start(model),
      onWork: () => this.#worked(),
      onIdle: model => void this.#unload(model, 'idle')
    })
    this.#managed.set(digest, managed)
    this.engine.add(managed)
    return true
  }

  /** Lets a model go: no request reaches it any more, and it is closed when the running ones have ended. */
  async remove(digest: string): Promise<void> {
    const managed = this.#managed.get(digest)
    if (managed === undefined) return
    this.#managed.delete(digest)
    this.engine.remove(managed)
    this.#leaving.add(managed)
    if (managed.working === 0) await this.#closeLeaving()
  }

  /** Takes a model into memory. Throws what loading fails with, or `AbortedError`. */
  async load(digest: string, signal?: AbortSignal): Promise<void> {
    const managed = this.#managed.get(digest)
    if (managed === undefined || managed.info.state === 'warm') return
    throwIfAborted(signal)
    const left = Promise.withResolvers<never>()
    const leave = (): void => left.reject(toP2paiError(signal?.reason))
    signal?.addEventListener('abort', leave, { once: true })
    try {
      await Promise.race([this.#start(managed), left.promise])
    } finally {
      signal?.removeEventListener('abort', leave)
    }
  }

  /** As `load`, when it fits beside what is loaded already; else the model stays cold, which is said. */
  async loadBeside(digest: string, signal?: AbortSignal): Promise<void> {
    const managed = this.#managed.get(digest)
    if (managed === undefined) return
    if ((await managed.engine.contextRoom(0)) > 0) return await this.load(digest, signal)
    this.#log('info', 'model:cold', { model: managed.info.name, reason: 'there is no room for it beside the others' })
  }

  /** Frees the memory of a model. Returns false while it works or loads. */
  async unload(digest: string): Promise<boolean> {
    const managed = this.#managed.get(digest)
    return managed === undefined || (await this.#unload(managed, 'asked for'))
  }

  /** Looks at all files; a model whose file is gone or changed is served no more, until it is back. */
  async checkFiles(): Promise<void> {
    for (const managed of this.#managed.values()) {
      try {
        await managed.engine.checkFile()
        managed.withdrawn = undefined
      } catch (thrown) {
        const error = toP2paiError(thrown)
        if (managed.withdrawn === undefined) {
          this.#log('warn', 'model:withdrawn', { model: managed.info.name, reason: error.message })
        }
        managed.withdrawn = error
      }
    }
  }

  /** Ends all engines. */
  async close(): Promise<void> {
    clearInterval(this.#watch)
    await Promise.all([...this.#managed.values(), ...this.#leaving].map(managed => managed.close()))
  }

  #start(managed: ManagedEngine): Promise<void> {
    managed.starting ??= this.#inTurn(() => this.#load(managed)).finally(() => {
      managed.starting = undefined
    })
    return managed.starting
  }

  /** One load at a time: each must see what memory the one before has left, and measures the cores. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #load(managed: ManagedEngine): Promise<void> {
    const { engine } = managed
    if (engine.info.state === 'warm') return
    const helps = await this.#makeRoom(managed)
    // It has just been tried, and nothing has changed: a try costs a process.
    if (!helps && engine.info.state === 'failed' && engine.failure !== undefined) throw engine.failure
    this.#log('info', 'model:opening', { model: engine.info.name, sizeBytes: engine.info.sizeBytes })
    for (;;) {
      try {
        return await engine.load(undefined, true)
      } catch (error) {
        const short = toP2paiError(error)
        if (short.code !== 'insufficient_memory') throw error
        const [idle] = helps ? this.#idle(managed) : []
        const made = idle !== undefined && (await this.#unload(idle, `${engine.info.name} needs the memory`))
        if (!made) throw await this.#explain(managed, short)
      }
    }
  }

  /**
   * Unloads idle models, the one used longest ago first, until one slot with all the context that is to be had fits.
   * More slots are not worth it: they save nothing while nobody waits, and the models would push each other out.
   * Returns whether unloading helps at all; if it does not, nothing is unloaded for a model that is too large anyway.
   */
  async #makeRoom(managed: ManagedEngine): Promise<boolean> {
    const { engine } = managed
    const freeable = this.#idle(managed).reduce((sum, idle) => sum + idle.memoryBytes, 0)
    const wantedTokens = await engine.contextRoom(freeable)
    if (wantedTokens === 0) return false
    while ((await engine.contextRoom(0)) < wantedTokens) {
      const [idle] = this.#idle(managed)
      if (idle === undefined || !(await this.#unload(idle, `${engine.info.name} needs the memory`))) break
    }
    return true
  }

  /** Models in memory without work, used longest ago first. */
  #idle(except: ManagedEngine): ManagedEngine[] {
    return [...this.#managed.values()]
      .filter(other => other !== except && other.inMemory && other.working === 0)
      .sort((a, b) => a.usedAtMs - b.usedAtMs)
  }

  /** Names who holds the memory. When they leave, the model may fit, so it is cold and not failed. */
  async #explain(managed: ManagedEngine, error: Error): Promise<Error> {
    const names = [...this.#managed.values(), ...this.#leaving]
      .filter(other => other !== managed && other.inMemory && other.working > 0)
      .map(other => other.info.name)
    if (names.length === 0) return error
    await managed.engine.unload()
    return new InsufficientMemoryError(`${error.message}; at work: ${names.join(', ')}`, { cause: error })
  }

  async #unload(managed: ManagedEngine, reason: string): Promise<boolean> {
    if (managed.working > 0) return false
    const wasInMemory = managed.inMemory
    const unloaded = await managed.engine.unload()
    if (unloaded && wasInMemory) this.#log('info', 'model:unloaded', { model: managed.info.name, reason })
    return unloaded
  }

  #worked(): void {
    const atWork = [...this.#managed.values(), ...this.#leaving].filter(({ working }) => working > 0)
    for (const { engine } of atWork) engine.shareThreads(atWork.length)
    if (this.#leaving.size > 0) void this.#closeLeaving()
  }

  async #closeLeaving(): Promise<void> {
    const idle = [...this.#leaving].filter(({ working }) => working === 0)
    for (const managed of idle) this.#leaving.delete(managed)
    await Promise.all(idle.map(managed => managed.close()))
  }
}
