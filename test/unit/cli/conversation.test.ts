import { expect, test } from 'vitest'
import type { AskFlags } from '../../../src/cli/ask/flags.ts'
import { askRequest } from '../../../src/cli/ask/request.ts'
import { continued, spellContinue } from '../../../src/cli/conversation/begin.ts'
import { questionOf, Recording } from '../../../src/cli/conversation/record.ts'
import { transcript } from '../../../src/cli/conversation/transcript.ts'
import { newSession, ProviderLostError, type Session, textMessage } from '../../../src/index.ts'
import type { EngineEvent } from '../../../src/interface/index.ts'
import { ACCEPTED, answer, delta, END } from '../gateway/fixtures.ts'
import { testTerminal } from './fixtures.ts'

const ASKED: AskFlags = { model: 'auto', mdns: true }
const TURN = { question: 'one', answer: 'first', model: 'm:1b', peerId: 'p', atMs: 1 }
const HELD: Session = { ...newSession({ model: 'm:1b', system: 'be brief' }), turns: [TURN] }

async function record(events: AsyncIterable<EngineEvent>, most = Number.POSITIVE_INFINITY): Promise<Recording> {
  const recording = new Recording()
  let seen = 0
  try {
    for await (const _event of recording.of(events, () => 'asked')) if (++seen >= most) break
  } catch {
    // What was recorded is looked at by the test.
  }
  return recording
}

test('a whole answer is a turn, and the model that gave it stays', async () => {
  const recording = await record(answer('Hel', 'lo')())
  const turn = recording.turn('Hi?', false)!
  expect(turn).toEqual({
    question: 'Hi?',
    answer: 'Hello',
    model: 'fake:1m',
    peerId: 'peer-of-the-fake',
    atMs: expect.any(Number)
  })
  const session = recording.added(newSession({ model: 'auto' }), turn)
  expect(session).toMatchObject({
    title: 'Hi?',
    model: 'fake:1m',
    turns: [turn],
    conversationTag: new Uint8Array([1, 2, 255])
  })
  expect(recording.added(HELD, turn)).toMatchObject({ model: 'm:1b', turns: [TURN, turn] })
})

test('the tag of a provider that gave none is not kept from before', async () => {
  async function* untagged(): AsyncGenerator<EngineEvent> {
    yield ACCEPTED
    const { conversationTag: _tag, ...end } = END as EngineEvent & { type: 'end' }
    yield end
  }
  const recording = await record(untagged())
  const session = recording.added({ ...HELD, conversationTag: new Uint8Array([9]) }, recording.turn('x', false)!)
  expect(session).not.toHaveProperty('conversationTag')
})

async function* lost(): AsyncGenerator<EngineEvent> {
  yield ACCEPTED
  yield delta('Hel')
  throw new ProviderLostError('gone')
}

async function* limited(): AsyncGenerator<EngineEvent> {
  yield ACCEPTED
  yield delta('Hel')
  yield { ...END, finishReason: 'length' } as EngineEvent
}

test.each([
  { id: 'whose provider was lost', events: lost, interrupted: false, most: 9, cut: 'lost' },
  { id: 'that Ctrl-C ended', events: lost, interrupted: true, most: 9, cut: 'interrupted' },
  { id: 'whose reader left', events: answer('Hel', 'lo'), interrupted: false, most: 2, cut: 'interrupted' },
  { id: 'at the limit', events: limited, interrupted: false, most: 9, cut: 'limit' }
])('an answer $id is kept as cut: $cut', async ({ events, interrupted, most, cut }) => {
  const turn = (await record(events(), most)).turn('Hi?', interrupted)
  expect(turn).toMatchObject({ answer: 'Hel', cut })
})

test('nothing is kept of an answer that did not begin', async () => {
  async function* refused(): AsyncGenerator<EngineEvent> {
    yield ACCEPTED
    throw new ProviderLostError('gone')
  }
  expect((await record(refused())).turn('Hi?', false)).toBeUndefined()
})

test('the request of a further turn has what was said, and the names of the conversation', async () => {
  const session = { ...HELD, conversationTag: new Uint8Array([7]) }
  const { flags } = continued(session, ASKED)
  expect(await askRequest(flags, 'two', session)).toEqual({
    model: 'm:1b',
    messages: [
      textMessage('system', 'be brief'),
      textMessage('user', 'one'),
      textMessage('assistant', 'first'),
      textMessage('user', 'two')
    ],
    sessionId: session.id,
    conversationTag: new Uint8Array([7])
  })
})

test('a conversation goes no further than before, unless the command line says so', () => {
  const given = (...names: string[]) => new Set(names)
  const local = { ...HELD, local: true, peer: 'friend' }
  expect(continued(local, ASKED).flags).toMatchObject({ model: 'm:1b', local: true, peer: 'friend' })
  expect(continued(local, { ...ASKED, peer: 'other', given: given('peer') }).flags).toMatchObject({
    peer: 'other',
    local: undefined
  })
  // A setting is not the command line: it must not send a conversation elsewhere.
  expect(continued(local, { ...ASKED, model: 'set', peer: 'set', given: given() }).flags).toMatchObject({
    model: 'm:1b',
    local: true,
    peer: 'friend'
  })
  expect(continued(HELD, { ...ASKED, model: 'x', system: 'y', given: given('model', 'system') }).session).toMatchObject(
    { model: 'x', system: 'y', turns: [TURN] }
  )
  expect(continued(HELD, { ...ASKED, local: true }).session.local).toBe(true)
})

test.each([
  { words: ['ask', '-c', 'And then?'], spelled: ['ask', '-c', 'last', 'And then?'] },
  { words: ['-c', '261124-k7mq', 'x'], spelled: ['-c', '261124-k7mq', 'x'] },
  { words: ['chat', '--continue'], spelled: ['chat', '--continue', 'last'] },
  { words: ['ask', '--', '-c', 'x'], spelled: ['ask', '--', '-c', 'x'] },
  { words: ['--continue=261124-k7mq'], spelled: ['--continue=261124-k7mq'] }
])('$words: a prompt is no id', ({ words, spelled }) => {
  expect(spellContinue(words)).toEqual(spelled)
})

test('images are kept as words', () => {
  const [text] = textMessage('user', 'What is it?').parts
  const image = { type: 'media' as const, mediaType: 'image/png', data: new Uint8Array(3) }
  const messages = [{ role: 'user' as const, parts: [text!, image] }]
  expect(questionOf({ model: 'm', messages })).toBe('What is it?\n\n(An image was shown here.)')
})

test('a transcript says where an answer was cut; a terminal gets the harmless part of it', () => {
  const session: Session = { ...HELD, turns: [{ ...TURN, answer: 'a\u001b[2Jb', cut: 'lost' }] }
  const text = transcript(session, testTerminal({ tty: true }).terminal)
  expect(text).toBe('system: be brief\n\n>>> one\n\nab\n[the provider was lost here]\n\n(m:1b)\n')
  expect(transcript(session, testTerminal().terminal)).toContain('a\u001b[2Jb')
})
