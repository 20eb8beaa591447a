import type { ChatWrapper, Llama, LlamaContext, LlamaContextSequence, LlamaModel } from 'node-llama-cpp'
import type { CallSyntax, ThoughtSyntax } from './call-syntax.ts'
import type { PrefillPacer } from './prefill-pacer.ts'
import type { ChoosableSlot } from './slot-choice.ts'
import type { Speed } from './speed.ts'
import type { ThreadGovernor } from './thread-governor.ts'
import type { TickGate } from './tick-gate.ts'

/** One sequence of the context, and whose tokens it has cached. */
export interface Slot extends ChoosableSlot {
  readonly sequence: LlamaContextSequence
}

/** Everything that answering needs, made once. */
export interface LoadedModel {
  readonly llama: Llama
  readonly model: LlamaModel
  readonly context: LlamaContext
  readonly wrapper: ChatWrapper
  /** Undefined where tools cannot be called. */
  readonly callSyntax: CallSyntax | undefined
  /** Undefined for a model that does not reason. */
  readonly thoughtSyntax: ThoughtSyntax | undefined
  readonly slots: readonly Slot[]
  readonly gate: TickGate
  readonly governor: ThreadGovernor
  readonly pacer: PrefillPacer
  readonly prefillSpeed: Speed
  readonly decodeSpeed: Speed
  /** Most tokens of prompt and answer together. */
  readonly contextSizeTokens: number
  /** Ids run from 0 to this. */
  readonly vocabularySize: number
}

/** Frees what the model holds, inner things first. */
export async function disposeModel(loaded: LoadedModel): Promise<void> {
  for (const slot of loaded.slots) await slot.sequence.dispose()
  await loaded.context.dispose()
  await loaded.model.dispose()
  await loaded.llama.dispose()
}
