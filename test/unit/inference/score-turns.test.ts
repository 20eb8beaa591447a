import type { Token } from 'node-llama-cpp'
import { expect, it } from 'vitest'
import type { LoadedModel, Slot } from '../../../src/inference/llama/child/loaded-model.ts'
import { PrefillPacer } from '../../../src/inference/llama/child/prefill-pacer.ts'
import type { PreparedRequest } from '../../../src/inference/llama/child/prepare.ts'
import { Run } from '../../../src/inference/llama/child/run.ts'
import { score } from '../../../src/inference/llama/child/score.ts'
import { Speed } from '../../../src/inference/llama/child/speed.ts'
import { TickGate } from '../../../src/inference/llama/child/tick-gate.ts'

const ANSWER_TOKENS = 640

it('a check of an answer is read in the turns of the peer that asks for it, not in turns of its own', async () => {
  const order: string[] = []
  const gate = new TickGate()
  // As much of a model as reading goes by turns needs: a sequence that knows nothing, and says so of every token.
  const slot = {
    tenant: undefined,
    sequence: {
      nextTokenIndex: 0,
      adaptStateToTokens: async () => undefined,
      evaluateWithoutGeneratingNewTokens: async () => undefined,
      controlledEvaluate: async (inputs: unknown[]) => {
        order.push('greedy')
        return inputs.map(() => ({ next: { logits: new Map([[1, 0]]) } }))
      }
    }
  }
  const loaded = { gate, pacer: new PrefillPacer(2), prefillSpeed: new Speed() }
  const tokens = Array.from({ length: 1 + ANSWER_TOKENS }, () => 1 as Token)
  const prepared = { tokens, resumedTokens: ANSWER_TOKENS, request: { tenant: 'greedy' } }
  const run = new Run(1, prepared as unknown as PreparedRequest)
  const reading = async (tenant: string) => {
    for (let part = 0; part < 20; part++) await gate.prefill(32, async () => void order.push(tenant), tenant)
  }
  const scored = score(loaded as unknown as LoadedModel, slot as unknown as Slot, run)
  const prompt = reading('greedy')
  await reading('honest')
  // As many parts of the prompt and the check together as of the honest peer's, and what was under way.
  expect(order.filter(tenant => tenant === 'greedy').length).toBeLessThanOrEqual(21)
  await Promise.all([scored, prompt])
  expect(order).toHaveLength(60)
})
