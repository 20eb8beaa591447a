import { textMessage, toP2paiError } from '../../interface/index.ts'
import { collectAnswer } from '../answer.ts'
import { openLocalEngine } from '../daemon/engines.ts'
import { type Finding, fail } from './finding.ts'
import { checkHardware } from './gpu.ts'

/** The built-in model answers this with certainty, so that another answer means wrong arithmetic. */
const QUESTION = 'What is the capital of France?'
const EXPECTED = 'Paris'

/** Loads the built-in model and asks it something that it knows. `gpus`: cards that it should run on. */
export async function checkEngine(signal: AbortSignal, gpus: readonly string[]): Promise<Finding> {
  const startedAtMs = performance.now()
  try {
    const engine = await openLocalEngine({ models: ['p2pai-tiny'] })
    try {
      const { text } = await collectAnswer(
        engine.generate(
          { model: 'auto', messages: [textMessage('user', QUESTION)], sampling: { temperature: 0 }, maxTokens: 32 },
          { signal }
        )
      )
      const hardware = engine.status()[0]?.hardware ?? ''
      const says = `the built-in model answers on ${hardware || 'cpu'}, ${Math.round(performance.now() - startedAtMs)} ms from nothing`
      if (text.includes(EXPECTED)) return checkHardware(hardware, gpus, says)
      return fail('engine', 'the built-in model computes something else than it should', 'try: p2pai serve --gpu off')
    } finally {
      await engine.close()
    }
  } catch (error) {
    const fix = 'models cannot be served, asking works; reinstall p2pai, or see what npm said of node-llama-cpp'
    return fail('engine', toP2paiError(error).message, fix)
  }
}
