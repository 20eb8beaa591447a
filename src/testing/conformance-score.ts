import assert from 'node:assert/strict'
import { type InferenceEngine, MAX_MARGIN, type ScoreRequest } from '../interface/index.ts'
import { collect } from './collect.ts'
import { type Bench, expectCode, type TestRunner } from './conformance-subject.ts'

/** How models compare answers of others with their own, if they claim to. */
export function scoreTests({ it }: Pick<TestRunner, 'it'>, bench: () => Bench): void {
  const isClaimed = async () => (await bench().features()).score === true
  const score = (request: ScoreRequest, signal?: AbortSignal) => scoreBy(bench().engine, request, signal)

  /** The engine's own answer at temperature 0, as something to be scored. */
  const own = async (): Promise<ScoreRequest> => {
    const { model, messages } = bench().ask()
    const { deltas, text, accepted } = await collect(bench().engine, bench().ask())
    const tokenIds = deltas.flatMap(delta => delta.tokenIds ?? [])
    return { model, messages, answer: { text, tokenIds, digest: accepted.model.digest } }
  }

  it('finds next to nothing wrong with its own answer, if it claims to score', async () => {
    if (!(await isClaimed())) return
    const request = await own()
    const { margins, promptTokens, model } = await score(request)
    assert.equal(margins.length, request.answer.tokenIds.length)
    assert.ok(promptTokens > margins.length)
    assert.equal(model.digest, request.answer.digest)
    assert.ok(margins.every(margin => margin >= 0 && margin <= MAX_MARGIN))
    assert.ok(mean(margins) < 0.05, `its own answer is off by ${mean(margins)}`)
  })

  it('finds what is not its own, by ids and by text alone, if it claims to score', async () => {
    if (!(await isClaimed())) return
    const { answer, ...asked } = await own()
    const backwards = answer.text.split(' ').reverse().join(' ')
    // A model that was never trained says one thing again and again, whatever it is asked.
    if (new Set(answer.text.split(' ')).size < 5) return
    const otherText = { text: backwards, tokenIds: [], digest: answer.digest }
    const otherIds = { ...answer, text: backwards }
    for (const wrong of [otherText, otherIds]) {
      const { margins } = await score({ ...asked, answer: wrong })
      assert.ok(mean(margins) > 1, `text in disorder is off by ${mean(margins)} only`)
    }
  })

  it('refuses what cannot be scored and stops when it is told to, if it claims to score', async () => {
    if (!(await isClaimed())) return
    const { answer, ...asked } = await own()
    const empty = { ...answer, text: '', tokenIds: [] }
    await expectCode('invalid_request', () => score({ ...asked, answer: empty }))
    await expectCode('invalid_request', () => score({ ...asked, messages: [], answer }))
    await expectCode('model_not_found', () => score({ ...asked, model: 'no-such-model', answer }))
    const left = new AbortController()
    const leaving = score({ ...asked, answer }, left.signal)
    left.abort()
    await expectCode('aborted', () => leaving)
    await bench().slotsFree()
    assert.equal((await score({ ...asked, answer })).margins.length, answer.tokenIds.length)
  })
}

async function scoreBy(engine: InferenceEngine, request: ScoreRequest, signal?: AbortSignal) {
  assert.ok(engine.score !== undefined, 'an engine that claims to score can')
  return await engine.score(request, signal && { signal })
}

function mean(margins: Float32Array): number {
  return margins.reduce((sum, margin) => sum + margin, 0) / margins.length
}
