import { afterAll, beforeAll, expect } from 'vitest'

/** Counts what nobody caught while the tests of a file run, and fails the file for it. */
export function expectNoEscapedErrors(): void {
  const escaped: unknown[] = []
  const note = (error: unknown) => void escaped.push(error)
  beforeAll(() => {
    process.on('unhandledRejection', note)
    process.on('uncaughtException', note)
  })
  afterAll(async () => {
    // A rejection is called unhandled one turn after it happened.
    await new Promise(resolve => setImmediate(resolve))
    process.off('unhandledRejection', note)
    process.off('uncaughtException', note)
    expect(escaped).toEqual([])
  })
}
