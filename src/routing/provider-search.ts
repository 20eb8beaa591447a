import {
  AUTO_MODEL,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type ModelInfo,
  type ModelTask,
  NoProviderError,
  type ProviderSource,
  peerOf,
  type Quote,
  taskOf,
  throwIfAborted
} from '../interface/index.ts'
import { type Choice, type ChooseInput, choose, remoteChoice } from './choose.ts'
import { type Delivered, type ResumingModel, resumeRule } from './delivered.ts'
import type { ProviderDirectory } from './directory.ts'
import { Lookout } from './lookout.ts'
import { PrefixShare } from './prefix-share.ts'
import type { ChooseWhy, ProviderChoice } from './provider-choice.ts'
import type { Suspects } from './suspects.ts'

/** What looking for a provider needs. */
export interface ProviderSearchInit {
  /** This node, as it stands in attempts. */
  selfId: string
  /** The engines of this machine; may hold no model. */
  local: InferenceEngine
  directory: ProviderDirectory
  suspects: Suspects
  sources: readonly ProviderSource[]
  onSourceError: (source: string, error: unknown) => void
  random?: () => number
}

/** The request that a provider is looked for. */
export interface SearchedRequest {
  request: GenerateRequest
  options: GenerateOptions
  delivered: Delivered
  /** Chooses among those who serve the same model. */
  choice: ProviderChoice
}

/** Finds one provider after the other for one request. */
export class ProviderSearch {
  readonly #init: ProviderSearchInit
  readonly #request: GenerateRequest
  readonly #options: GenerateOptions
  readonly #delivered: Delivered
  readonly #share = new PrefixShare()
  readonly #tried = new Set<string>()
  /** Who gave a part of the answer and was lost. */
  readonly #lost = new Map<string, Choice>()
  readonly #choice: ProviderChoice
  #preferred: Choice | undefined
  readonly #task: ModelTask
  readonly #lookout: Lookout
  /** When those that were tried in a gap may be asked again. */
  #roundEndsAtMs: number | undefined

  constructor(init: ProviderSearchInit, asked: SearchedRequest) {
    this.#init = init
    this.#request = asked.request
    this.#options = asked.options
    this.#delivered = asked.delivered
    this.#choice = asked.choice
    const { request, options } = asked
    this.#task = taskOf(request)
    const wanted = { model: request.model, task: this.#task, route: options.route ?? {}, signal: options.signal }
    this.#lookout = new Lookout(init, wanted)
  }

  /**
   * The best provider not tried yet; looks for more when there is none. `hasBusy`: some live, so a short look will do.
   * `isKnownOnly`: nobody is looked for.
   */
  async next({ hasBusy, isKnownOnly }: { hasBusy: boolean; isKnownOnly: boolean }): Promise<Choice | undefined> {
    const preferred = this.#preferred
    this.#preferred = undefined
    if (preferred !== undefined) return this.#take(preferred)
    const found = isKnownOnly ? await this.#known() : await this.#next(hasBusy)
    return found && this.#take(await this.#decide(found, 'attempt'))
  }

  /** The best provider of those that are known, beside the one that has the request; nothing when there is none. */
  async another(why: 'help' | 'move'): Promise<Choice | undefined> {
    const found = await this.#known()
    if (found === undefined || found.isLocal || found.rivals === undefined) return undefined
    return this.#take(await this.#decide(found, why))
  }

  /** Who goes on with the request next, whatever else is known. */
  prefer(choice: Choice): void {
    this.#preferred = choice
  }

  /** The choice was not used. */
  giveBack(choice: Choice): void {
    this.#tried.delete(choice.peerId)
    this.#share.giveBack(this.#init.directory.prefixOf(choice.peerId))
  }

  /** The provider's word alone is not enough: others are asked, from other networks first. */
  doubt(choice: Choice): void {
    this.#share.crowd(this.#init.directory.prefixOf(choice.peerId))
  }

  /** The provider would not take the request on its condition; without the condition it may be asked again. */
  refused(choice: Choice, quote: Quote | undefined): void {
    this.#choice.refused(choice.peerId, quote)
    this.#tried.delete(choice.peerId)
  }

  /** The provider was lost in the middle of its answer: all others may be asked anew, and it at the very last. */
  lose(choice: Choice): void {
    this.#lost.set(choice.peerId, choice)
    this.#tried.clear()
    this.#tried.add(choice.peerId)
    this.#lookout.reset()
  }

  /** Whether one that was lost could go on if it came back. */
  get mayComeBack(): boolean {
    return [...this.#lost.values()].some(({ model }) => model?.features.resume !== false)
  }

  /**
   * Waits for news, `patienceMs` at most. True when the time is over: all who were busy or lost may be asked again. A
   * peer that tells of itself before may be asked at once.
   */
  async wait(patienceMs: number): Promise<boolean> {
    const { signal } = this.#options
    this.#roundEndsAtMs ??= performance.now() + patienceMs
    const leftMs = this.#roundEndsAtMs - performance.now()
    await new Promise<void>(resolve => {
      const stop = () => {
        clearTimeout(timer)
        unsubscribe()
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      const timer = setTimeout(stop, Math.max(0, leftMs))
      const unsubscribe = this.#init.directory.onChange(peerId => {
        this.#tried.delete(peerId)
        stop()
      })
      signal?.addEventListener('abort', stop, { once: true })
    })
    throwIfAborted(signal)
    // Timers may fire a little early.
    if (performance.now() < this.#roundEndsAtMs - 1) return false
    this.#roundEndsAtMs = undefined
    this.#tried.clear()
    return true
  }

  async #next(hasBusy: boolean): Promise<Choice | undefined> {
    const localModels = await this.#localModels()
    const pick = (isLastResort = false) => this.#pick(localModels, isLastResort)
    const isHurried = hasBusy || !this.#delivered.isEmpty
    return await this.#lookout.next(pick, { isHurried, hasOwnModels: localModels.length > 0 })
  }

  async #known(): Promise<Choice | undefined> {
    return this.#pick(await this.#localModels(), false)
  }

  async #localModels(): Promise<ModelInfo[]> {
    const { peer } = this.#options.route ?? {}
    return peer === undefined || peerOf(peer) === this.#init.selfId ? await this.#init.local.models() : []
  }

  /** Among several who serve the same model, the policy decides. */
  async #decide(found: Choice, why: ChooseWhy): Promise<Choice | undefined> {
    if (found.rivals === undefined) return this.#named(found)
    const now = this.#delivered.request(this.#request, found.model?.digest)
    const chosen = await this.#choice.choose(found.rivals, now, why)
    const cap = this.#options.route?.maxPricePerKiloToken
    if (chosen === undefined && cap !== undefined && why === 'attempt' && this.#delivered.isEmpty) {
      throw new NoProviderError(`nobody in reach answers for ${priceOf(cap)} or less`)
    }
    if (chosen === undefined) return undefined
    const { candidate, acceptIf, quote } = chosen
    return { ...remoteChoice(candidate), rivals: found.rivals, ...(acceptIf && { acceptIf }), ...(quote && { quote }) }
  }

  /** Nobody else will do, so nothing is to be chosen; the price that may be paid holds all the same. */
  #named(found: Choice): Choice {
    const cap = this.#options.route?.maxPricePerKiloToken
    if (cap === undefined || found.isLocal) return found
    const asked = this.#choice.quoteOf(found.peerId)?.pricePerKiloToken ?? 0
    if (asked <= cap) return { ...found, acceptIf: { ...found.acceptIf, pricePerKiloToken: Math.floor(cap) } }
    throw new NoProviderError(`the provider asks ${priceOf(asked)}, at most ${cap} may be paid`)
  }

  #take(choice: Choice | undefined): Choice | undefined {
    if (choice === undefined) return undefined
    this.#tried.add(choice.peerId)
    if (!choice.isLocal) this.#share.count(this.#init.directory.prefixOf(choice.peerId))
    return choice
  }

  #pick(localModels: readonly ModelInfo[], isLastResort: boolean): Choice | undefined {
    const { selfId, directory, suspects, random } = this.#init
    const route = this.#options.route ?? {}
    const scene = { route, selfId, localModels, directory, suspects, tried: this.#tried, ...(random && { random }) }
    return this.#choose({ ...scene, isLastResort })
  }

  /** In the middle of an answer the very same file comes first, whatever name it has elsewhere. */
  #choose(scene: Omit<ChooseInput, 'model'>): Choice | undefined {
    const input = { ...scene, task: this.#task, crowded: this.#share.crowded }
    if (this.#delivered.isEmpty) return choose({ ...input, model: this.#request.model })
    const goesOn = (isExact: boolean) => (model: ResumingModel) => this.#delivered.canGoOn(model, isExact)
    const same = choose({ ...input, model: AUTO_MODEL, isLastResort: false, accepts: goesOn(true) })
    if (same !== undefined) return same
    const { isExact } = resumeRule(scene.route)
    return choose({ ...input, model: AUTO_MODEL, accepts: goesOn(isExact), known: this.#lost })
  }
}

function priceOf(microCredits: number): string {
  return `${microCredits} micro-credits per 1,000 tokens`
}
