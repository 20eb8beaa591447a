import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { openSessions } from '../../../src/node/sessions/index.ts'
import { newSession, SESSION_ID, type Session, titleOf } from '../../../src/node/sessions/session.ts'
import type { StoreLimits } from '../../../src/node/sessions/store.ts'
import { temporaryFolder } from '../home/fixtures.ts'

async function open(home: string, limits?: StoreLimits) {
  const store = await openSessions(home, limits)
  onTestFinished(() => store.close())
  return store
}

function conversation(question: string, usedAtMs = 1000): Session {
  const turn = { question, answer: `not ${question}`, model: 'm:1b', peerId: 'p', atMs: usedAtMs }
  return { ...newSession({ model: 'auto' }), title: titleOf(question), usedAtMs, turns: [turn] }
}

test('a conversation comes back as it was stored, from another opening of the home too', async () => {
  const home = temporaryFolder()
  const session: Session = {
    ...newSession({ model: 'm', system: 'be brief', local: true, peer: 'id' }),
    conversationTag: new Uint8Array([0, 1, 255]),
    turns: [{ question: 'a\u001b"\n', answer: '', cut: 'lost', model: 'm:1b', peerId: 'p', atMs: 5 }]
  }
  const stored = (await open(home)).save(session)
  expect(stored).toEqual({ ...session, revision: 1 })
  expect((await open(home)).read()).toEqual(stored)
  expect((await open(home)).read(session.id)).toEqual(stored)
  expect(session.id).toMatch(SESSION_ID)
})

test('the last used is the first of the list and the one that is continued', async () => {
  const store = await open(temporaryFolder())
  const [old, young] = [conversation('old', 1), conversation('young', 3)]
  for (const session of [young, old]) store.save(session)
  expect(store.list().map(({ title }) => title)).toEqual(['young', 'old'])
  expect(store.list()[0]).toMatchObject({ id: young.id, model: 'm:1b', turns: 1, sizeBytes: expect.any(Number) })
  expect(store.read()?.id).toBe(young.id)
  expect(store.read('old')?.id).toBe(old.id)
  expect(store.read('nonsense')).toBeUndefined()
})

test('an id is found before a title that looks like it', async () => {
  const store = await open(temporaryFolder())
  const wanted = store.save(conversation('wanted', 1))
  store.save({ ...conversation('other', 2), title: wanted.id })
  expect(store.read(wanted.id)?.title).toBe('wanted')
})

test('two that continue one conversation both keep what was said', async () => {
  const home = temporaryFolder()
  const [one, two] = [await open(home), await open(home)]
  const begun = one.save(conversation('begun'))
  const mine = one.save({ ...begun, turns: [...begun.turns, ...conversation('mine').turns] })
  const theirs = two.save({ ...begun, turns: [...begun.turns, ...conversation('theirs').turns] })
  expect(mine).toMatchObject({ id: begun.id, revision: 2 })
  expect(theirs.id).not.toBe(begun.id)
  expect(one.read(mine.id)?.turns.at(-1)?.question).toBe('mine')
  expect(one.read(theirs.id)?.turns.at(-1)?.question).toBe('theirs')
  one.remove(mine.id)
  expect(one.save(mine).id).not.toBe(mine.id)
})

test('the oldest make room: by number, and by size', async () => {
  const few = await open(temporaryFolder(), { sessions: 3, bytes: 1 << 20 })
  for (let at = 1; at <= 5; at++) few.save(conversation(`q${at}`, at))
  expect(few.list().map(({ title }) => title)).toEqual(['q5', 'q4', 'q3'])
  const small = await open(temporaryFolder(), { sessions: 100, bytes: 5000 })
  for (let at = 1; at <= 5; at++) small.save(conversation(`${at}`.repeat(1000), at))
  expect(small.list().map(({ title }) => title[0])).toEqual(['5', '4'])
})

test('the conversation just stored stays, however old its date and large its text', async () => {
  const store = await open(temporaryFolder(), { sessions: 1, bytes: 100 })
  store.save(conversation('young', 9))
  store.save(conversation('old '.repeat(100), 1))
  expect(store.list().map(({ usedAtMs }) => usedAtMs)).toEqual([1])
})

test('a conversation that is too large to keep is refused, and the stored one stays', async () => {
  const store = await open(temporaryFolder())
  const kept = store.save(conversation('small'))
  const large = { ...kept, turns: [...kept.turns, ...conversation('x'.repeat(5 << 20)).turns] }
  expect(() => store.save(large)).toThrow(/at most 8388608 are kept/)
  expect(store.read()).toEqual(kept)
})

test('typed lines come back newest first, and long ones are not kept', async () => {
  const store = await open(temporaryFolder())
  for (let at = 0; at < 1005; at++) store.addInput(`line ${at}`)
  store.addInput('x'.repeat(5000))
  const inputs = store.inputs()
  expect([inputs.length, inputs[0], inputs.at(-1)]).toEqual([1000, 'line 1004', 'line 5'])
})

test('what is removed is on the disk no more', async () => {
  const home = temporaryFolder()
  const store = await open(home)
  const secret = store.save(conversation('a password called swordfish'))
  const others = store.save(conversation('harmless'))
  store.addInput('swordfish again')
  const traces = () => readdirSync(home).filter(file => readFileSync(join(home, file)).includes('swordfish'))
  expect(traces()).not.toEqual([])
  expect(store.remove(secret.id)).toBe(true)
  expect(store.remove(secret.id)).toBe(false)
  expect(store.list().map(({ id }) => id)).toEqual([others.id])
  expect(store.removeAll()).toBe(1)
  expect([store.list(), store.inputs(), traces()]).toEqual([[], [], []])
})

test('only the owner can read the files, also when somebody opened them up', async () => {
  const home = temporaryFolder()
  const modes = () => readdirSync(home).map(file => `${file} ${(statSync(join(home, file)).mode & 0o777).toString(8)}`)
  ;(await open(home)).save(conversation('x'))
  expect(modes()).toEqual(['sessions.db 600', 'sessions.db-shm 600', 'sessions.db-wal 600'])
  chmodSync(join(home, 'sessions.db'), 0o644)
  await open(home)
  expect(modes()[0]).toBe('sessions.db 600')
})

test('case 38: a damaged file and one of a newer version are refused in words, and left as they are', async () => {
  const home = temporaryFolder()
  const file = join(home, 'sessions.db')
  writeFileSync(file, 'no database at all'.repeat(100))
  await expect(openSessions(home)).rejects.toMatchObject({
    code: 'home_unusable',
    message: expect.stringMatching(/damaged; move it away/)
  })
  expect(readFileSync(file, 'utf8')).toMatch(/^no database/)
  const newer = temporaryFolder()
  const database = new DatabaseSync(join(newer, 'sessions.db'))
  database.exec('PRAGMA user_version = 99')
  database.close()
  await expect(openSessions(newer)).rejects.toMatchObject({ message: expect.stringMatching(/newer p2pai/) })
})
