import assert from 'node:assert/strict'
import {
  type GenerateRequest,
  type InferenceEngine,
  type ModelFeatures,
  type ModelInfo,
  textMessage
} from '../interface/index.ts'

/** The part of a test runner that the suite uses; vitest, jest and `node:test` have it. */
export interface TestRunner {
  describe(name: string, body: () => void): void
  it(name: string, body: () => Promise<void>): void
  beforeAll(body: () => Promise<void>): void
  afterAll(body: () => Promise<void>): void
}

/** An engine to be tested, and what it can be asked. */
export interface ConformanceSubject {
  engine: InferenceEngine
  /** Which of its models. @default 'auto' */
  model?: string
  /** A question whose answer has at least 20 tokens. @default asks for a story */
  question?: string
  /** Called after the last test. */
  close?(): Promise<void>
}

/** What every test works with. */
export interface Bench {
  readonly engine: InferenceEngine
  /** A request for a story at temperature 0, with changes. */
  ask(changes?: Partial<GenerateRequest>): GenerateRequest
  /** What the model under test claims. */
  features(): Promise<ModelFeatures>
  /** The model under test. */
  contextSizeTokens(): Promise<number>
  /** Fails unless all slots are free within a second. */
  slotsFree(): Promise<void>
}

const SLOT_FREE_MS = 1000

/** Binds the helpers to a subject. */
export function benchOf(subject: ConformanceSubject): Bench {
  const { engine, model = 'auto', question = 'Tell me a story.' } = subject
  return {
    engine,
    ask: changes => ({
      model,
      messages: [textMessage('user', question)],
      maxTokens: 40,
      sampling: { temperature: 0, seed: 1 },
      ...changes
    }),
    features: async () => (await firstModel(engine)).features,
    contextSizeTokens: async () => (await firstModel(engine)).contextSizeTokens,
    slotsFree: async () => {
      const startedAtMs = performance.now()
      const busy = () => engine.status().reduce((sum, status) => sum + status.slots.busy, 0)
      while (busy() > 0) {
        assert.ok(performance.now() - startedAtMs < SLOT_FREE_MS, 'a slot is still busy after a second')
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    }
  }
}

async function firstModel(engine: InferenceEngine): Promise<ModelInfo> {
  const [model] = await engine.models()
  assert.ok(model !== undefined, 'the engine has a model')
  return model
}

/** Reads an answer to its end and fails unless it throws an error of this code. Returns the error. */
export async function expectCode(
  code: string,
  run: () => Promise<unknown>
): Promise<{ details: Record<string, unknown> }> {
  try {
    await run()
  } catch (error) {
    const found = error as { code?: unknown; details?: Record<string, unknown> }
    assert.equal(found.code, code)
    return { details: found.details ?? {} }
  }
  return assert.fail(`should have thrown ${code}`)
}
