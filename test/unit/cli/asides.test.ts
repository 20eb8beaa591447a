import { expect, test } from 'vitest'
import { printText } from '../../../src/cli/ask/print-answer.ts'
import type { EngineEvent } from '../../../src/interface/index.ts'
import { ACCEPTED, delta, END } from '../gateway/fixtures.ts'
import { testTerminal } from './fixtures.ts'

const ELSEWHERE = { ...ACCEPTED, provider: { peerId: 'a-peer\u001b[2J-beyond' } } as EngineEvent

function thought(text: string): EngineEvent {
  return { type: 'delta', channel: 'thought', text, tokenCount: 1 }
}

async function printed(events: EngineEvent[], tty: boolean): Promise<{ out: string; err: string }> {
  const { terminal, out, err } = testTerminal({ tty })
  async function* all(): AsyncGenerator<EngineEvent> {
    yield* events
  }
  await printText(all(), () => 'asked', terminal)
  return { out: out(), err: err() }
}

test('thoughts are for eyes alone: on a terminal on stderr and harmless, in a pipe nowhere', async () => {
  const events = [ACCEPTED, thought('hm \u001b]0;'), thought('x\u0007 well'), delta('Paris.'), END]
  expect(await printed(events, true)).toEqual({ out: 'Paris.\n', err: 'hm  well\n\n' })
  expect(await printed(events, false)).toEqual({ out: 'Paris.\n', err: '' })
})

test('another provider that goes on is told of in one short line, beside the answer', async () => {
  const events = [ACCEPTED, delta('Pa'), ELSEWHERE, delta('ris.'), END]
  expect(await printed(events, false)).toEqual({
    out: 'Paris.\n',
    err: '(peer-of-the-fake is gone, a-peer-beyond goes on)\n'
  })
  expect((await printed(events, true)).err).toBe('\n(peer-of-the-fake is gone, a-peer-beyond goes on)\n')
  expect(await printed([ACCEPTED, ACCEPTED, delta('Paris.'), END], false)).toMatchObject({ err: '' })
})
