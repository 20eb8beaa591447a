import assert from 'node:assert/strict'
import { type AcceptedEvent, MAX_EMBED_INPUTS, type ProgressEvent } from '../interface/index.ts'
import { benchOf, type ConformanceSubject, expectCode, type TestRunner } from './conformance-subject.ts'
import { type EmbeddingBench, embedOf, rerankOf } from './embedding-subject.ts'

/**
 * The tests that every engine passes which turns texts into vectors or ranks documents, whoever wrote it. What its
 * first model does not claim, it must refuse. Give it the functions of your test runner, as `engineConformance`.
 */
export function embeddingConformance(name: string, setup: () => Promise<ConformanceSubject>, runner: TestRunner): void {
  runner.describe(`embedding conformance: ${name}`, () => {
    let subject: ConformanceSubject | undefined
    let bench: EmbeddingBench | undefined
    runner.beforeAll(async () => {
      subject = await setup()
      const model = (await subject.engine.models()).find(({ features }) => features.embeddings || features.rerank)
      assert.ok(model !== undefined, 'the engine has a model for vectors or ranks')
      bench = { ...benchOf(subject), model, wanted: subject.model ?? model.name }
    })
    runner.afterAll(async () => await subject?.close?.())
    const current = () => {
      assert.ok(bench !== undefined, 'the setup has failed')
      return bench
    }
    resultTests(runner, current)
    refusalTests(runner, current)
    // Last, because nothing works after it.
    runner.it('fails new requests after it was closed', async () => {
      const bench = current()
      await bench.engine.close()
      await expectCode('engine_stopped', () => either(bench, ['one']))
    })
  })
}

function resultTests({ it }: Pick<TestRunner, 'it'>, bench: () => EmbeddingBench): void {
  it('gives one vector of length 1 for each text in its order, if it claims embeddings', async () => {
    if (!bench().model.features.embeddings) return
    const inputs = ['A cat sleeps.', 'The stock market fell.', 'A cat sleeps.', 'emoji 👩‍👩‍👧‍👦 and 你好']
    const { vectors, promptTokens, model } = await embedOf(bench(), inputs)
    assert.equal(vectors.length, inputs.length)
    for (const vector of vectors) {
      assert.equal(vector.length, vectors[0]!.length)
      assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-3, 'the vector has length 1')
    }
    assert.ok(dot(vectors[0]!, vectors[2]!) > 0.999, 'equal texts have equal vectors')
    assert.ok(dot(vectors[0]!, vectors[1]!) < 0.999, 'other texts have other vectors')
    const [alone] = (await embedOf(bench(), [inputs[1]!])).vectors
    assert.ok(dot(alone!, vectors[1]!) > 0.999, 'company does not change a vector')
    assert.ok(promptTokens > inputs.length)
    assert.equal(model.digest, bench().model.digest)
  })

  it('gives one score for each document in its order, the fitting one first, if it claims to rank', async () => {
    if (!bench().model.features.rerank) return
    const documents = ['Fish swim in the sea.', 'Paris is the capital of France.', 'The moon is far.']
    const { scores, promptTokens } = await rerankOf(bench(), 'What is the capital of France?', documents)
    assert.equal(scores.length, documents.length)
    for (const score of scores) assert.ok(score >= 0 && score <= 1)
    assert.ok(promptTokens > 0)
    const [alone] = (await rerankOf(bench(), 'What is the capital of France?', [documents[1]!])).scores
    assert.ok(Math.abs(alone! - scores[1]!) < 1e-3, 'company does not change a score')
  })

  it('tells that it took the request, and counts texts that are done', async () => {
    const events: (AcceptedEvent | ProgressEvent)[] = []
    await either(bench(), ['one', 'two', 'three'], { onEvent: event => void events.push(event) })
    const [first] = events
    assert.ok(first?.type === 'accepted')
    assert.equal(first.model.digest, bench().model.digest)
    assert.equal(first.contextSizeTokens, bench().model.contextSizeTokens)
    assert.equal(events.filter(event => event.type === 'accepted').length, 1)
    for (const event of events) if (event.type === 'progress' && event.phase === 'prefill') assert.ok(event.done <= 3)
  })

  it('works on several requests at once', async () => {
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(text => either(bench(), [text, `${text} again`])))
    await bench().slotsFree()
  })
}

function refusalTests({ it }: Pick<TestRunner, 'it'>, bench: () => EmbeddingBench): void {
  it('refuses what its model does not claim, and names the field', async () => {
    const { features } = bench().model
    const refused = async (run: () => Promise<unknown>) => {
      assert.equal((await expectCode('unsupported_feature', run)).details.field, 'model')
    }
    if (!features.embeddings) await refused(() => embedOf(bench(), ['one']))
    if (!features.rerank) await refused(() => rerankOf(bench(), 'one', ['two']))
  })

  it('does not know an unknown model, and names near ones', async () => {
    const run = () => either({ ...bench(), wanted: 'no-such-model' }, ['one'])
    const { details } = await expectCode('model_not_found', run)
    assert.ok(Array.isArray(details.suggestions) && details.suggestions.length > 0)
  })

  it('refuses no texts, an empty one, and too many', async () => {
    for (const texts of [[], ['one', ''], Array.from({ length: MAX_EMBED_INPUTS + 1 }, () => 'x')]) {
      await expectCode('invalid_request', () => either(bench(), texts))
    }
    await bench().slotsFree()
  })

  it('refuses a text that does not fit, with both numbers, and cuts nothing', async () => {
    const { contextSizeTokens } = bench().model
    const texts = ['short', 'word '.repeat(contextSizeTokens + 10)]
    const { details } = await expectCode('context_length_exceeded', () => either(bench(), texts))
    assert.ok(Number(details.promptTokens) > contextSizeTokens)
    assert.equal(details.contextSizeTokens, contextSizeTokens)
    await bench().slotsFree()
  })

  it('is aborted before it begins, and in the middle', async () => {
    await expectCode('aborted', () => either(bench(), ['one'], { signal: AbortSignal.abort() }))
    const controller = new AbortController()
    const texts = Array.from({ length: MAX_EMBED_INPUTS }, (_, index) => `text number ${index}`)
    const onEvent = () => controller.abort()
    await expectCode('aborted', () => either(bench(), texts, { signal: controller.signal, onEvent }))
    await bench().slotsFree()
  })

  it('ends at its deadline', async () => {
    const texts = Array.from({ length: MAX_EMBED_INPUTS }, (_, index) => `${index} word word word word`)
    await expectCode('deadline_exceeded', () => either(bench(), texts, {}, 1))
    await bench().slotsFree()
  })
}

/** Whichever of the two the model can do. */
async function either(
  bench: EmbeddingBench,
  texts: string[],
  options?: Parameters<typeof embedOf>[2],
  deadlineMs?: number
): Promise<unknown> {
  if (bench.model.features.embeddings) return await embedOf(bench, texts, options, deadlineMs)
  return await rerankOf(bench, 'a question', texts, options, deadlineMs)
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0)
}
