import { expect, test } from 'vitest'
import { checkMeaning } from '../../../src/cli/config/check-meaning.ts'
import { settingsOf } from '../../../src/cli/config/keys.ts'
import { checkValue } from '../../../src/cli/config/validate.ts'
import { buildProgram } from '../../../src/cli/program.ts'

const settings = settingsOf(buildProgram('1.2.3', async () => undefined))
const PEER = '12D3KooWS8DDb3KBth7soBQBVPLV8qKKKJna59YEShR4SPCKuecM'
const settingOf = (key: string) => settings.find(setting => setting.key === key)!

test.each([
  { key: 'serve.api', bad: 'foo', good: '127.0.0.1:0' },
  { key: 'serve.api', bad: '11435', good: 'off' },
  { key: 'serve.listen', bad: ['foo'], good: ['/ip4/127.0.0.1/tcp/0'] },
  { key: 'serve.allow', bad: [PEER, 'a b'], good: [PEER] },
  { key: 'serve.only', bad: ['attic'], good: [PEER] },
  { key: 'serve.deny', bad: ['attic'], good: [`/ip4/127.0.0.1/tcp/1/p2p/${PEER}`] },
  { key: 'providers.deny', bad: ['attic'], good: [PEER] },
  { key: 'network.bootstrap', bad: ['/ip4/127.0.0.1/tcp/1'], good: [`/ip4/127.0.0.1/tcp/1/p2p/${PEER}`] },
  { key: 'ask.peer', bad: 'foo', good: PEER },
  { key: 'ask.option', bad: ['temperature=hot'], good: ['top_p=0.9'] },
  { key: 'serve.cors', bad: ['https://a.example/path'], good: ['https://a.example'] },
  { key: 'serve.name', bad: 'x'.repeat(1000), good: 'attic' },
  { key: 'serve.upstream', bad: 'localhost', good: 'http://127.0.0.1:8000/v1' },
  { key: 'serve.upstream-feature', bad: ['smell'], good: ['images'] },
  { key: 'serve.when', bad: 'at night', good: '22:00-07:00' },
  { key: 'serve.policy', bad: 'best', good: 'fair' },
  { key: 'serve.audits', bad: 'all', good: 'off' }
])('$key takes $good and refuses $bad, as its flag does', async ({ key, bad, good }) => {
  await checkMeaning(settingOf(key), good)
  await expect(checkMeaning(settingOf(key), bad)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringMatching(new RegExp(`^${key}: `))
  })
})

test('no value is refused for another setting', async () => {
  for (const setting of settings) for (const value of [true, false, 1]) await checkMeaning(setting, value)
  await checkMeaning(settingOf('serve.model'), ['any'])
  await checkMeaning(settingOf('ask.system'), 'any')
})

test.each([
  { key: 'serve.keep-alive', value: '99x', says: 'serve.keep-alive: "99x" is no duration; write 10m' },
  { key: 'serve.slots', value: 99, says: 'serve.slots must be a whole number from 1 to 64' }
])('a wrong value of $key is told in a sentence', ({ key, value, says }) => {
  expect(() => checkValue(settingOf(key), value)).toThrow(says)
})
