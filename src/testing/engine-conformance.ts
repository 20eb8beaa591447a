import assert from 'node:assert/strict'
import { collect } from './collect.ts'
import { answerTests } from './conformance-answers.ts'
import { featureTests } from './conformance-features.ts'
import { refusalTests } from './conformance-refusals.ts'
import { scoreTests } from './conformance-score.ts'
import { type Bench, benchOf, type ConformanceSubject, expectCode, type TestRunner } from './conformance-subject.ts'
import { toolTests } from './conformance-tools.ts'

/**
 * The tests that every engine passes, whoever wrote it. Give it the functions of your test runner:
 *
 * @example
 * ```ts
 * import * as vitest from 'vitest'
 * engineConformance('mine', async () => ({ engine: myEngine() }), vitest)
 * ```
 */
export function engineConformance(name: string, setup: () => Promise<ConformanceSubject>, runner: TestRunner): void {
  runner.describe(`engine conformance: ${name}`, () => {
    let subject: ConformanceSubject | undefined
    let bench: Bench | undefined
    runner.beforeAll(async () => {
      subject = await setup()
      bench = benchOf(subject)
    })
    runner.afterAll(async () => await subject?.close?.())
    const current = () => {
      assert.ok(bench !== undefined, 'the setup has failed')
      return bench
    }
    answerTests(runner, current)
    featureTests(runner, current)
    toolTests(runner, current)
    refusalTests(runner, current)
    scoreTests(runner, current)
    // Last, because nothing works after it.
    runner.it('fails new requests after it was closed, and may be closed twice', async () => {
      const { engine, ask } = current()
      await engine.close()
      await engine.close()
      await expectCode('engine_stopped', () => collect(engine, ask()))
    })
  })
}
