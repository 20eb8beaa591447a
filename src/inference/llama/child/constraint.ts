import { type Llama, LlamaGrammar, LlamaGrammarEvaluationState, type LlamaModel } from 'node-llama-cpp'

/**
 * The one internal call: the library advances a grammar only over tokens that it draws itself, and a resumed answer
 * brings tokens that another provider drew, as a call does that began as text. A test fails when an upgrade moves it.
 */
interface GrammarInternals {
  _bindings: {
    AddonSampler: {
      acceptGrammarEvaluationStateToken(state: unknown, token: number): void
      canBeNextTokenForGrammarEvaluationState(state: unknown, token: number): boolean
    }
  }
}

/** A grammar that begins somewhere in an answer, and how far the answer has got in it. */
export class Constraint {
  readonly #llama: Llama
  readonly #model: LlamaModel
  #state: LlamaGrammarEvaluationState | undefined

  constructor(llama: Llama, model: LlamaModel) {
    this.#llama = llama
    this.#model = model
  }

  /** What the next token must fit; undefined while anything may come. */
  get state(): LlamaGrammarEvaluationState | undefined {
    return this.#state
  }

  /** From here on the answer must fit a grammar. False, and nothing is bound, when these tokens do not. */
  bind(grammar: LlamaGrammar, tokens: readonly number[] = []): boolean {
    const state = new LlamaGrammarEvaluationState({ model: this.#model, grammar })
    if (!tokens.every(token => this.#accept(state, token))) return false
    this.#state = state
    return true
  }

  /** Takes a token that was not drawn here; false when it does not fit. */
  follow(token: number): boolean {
    return this.#state === undefined || this.#accept(this.#state, token)
  }

  #accept(state: LlamaGrammarEvaluationState, token: number): boolean {
    const { AddonSampler } = (this.#llama as unknown as GrammarInternals)._bindings
    const inner = (state as unknown as { _state: unknown })._state
    if (!AddonSampler.canBeNextTokenForGrammarEvaluationState(inner, token)) return false
    AddonSampler.acceptGrammarEvaluationStateToken(inner, token)
    return true
  }
}

/** Makes a grammar of its text at once. Throws what the library throws when the text is none. */
export function grammarOf(llama: Llama, grammar: string): LlamaGrammar {
  return new LlamaGrammar(llama, { grammar })
}
