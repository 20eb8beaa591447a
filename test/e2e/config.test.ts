import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newHome, run, serve } from './command.ts'

const ID = '12D3KooWS8DDb3KBth7soBQBVPLV8qKKKJna59YEShR4SPCKuecM'
const PEERS = [1, 2].map(port => `/ip4/127.0.0.1/tcp/${port}/p2p/${ID}`)

test('what is set is what serve and ask do, unless a flag says otherwise', async () => {
  const home = newHome()
  for (const words of [
    ['serve.name', 'attic'],
    ['serve.slots', '3'],
    ['ask.max-tokens', '2'],
    ['network.mdns', 'false']
  ]) {
    expect(await run(home, ['config', 'set', ...words])).toMatchObject({ code: 0, out: '' })
  }
  expect(statSync(join(home, 'config.json')).mode & 0o777).toBe(0o600)
  const daemon = await serve(home)
  onTestFinished(async () => void (await daemon.stop()))
  const status = JSON.parse((await run(home, ['status', '--json'])).out)
  expect(status).toMatchObject({ label: 'attic', engines: [{ slots: { total: 3 } }] })
  const tokens = async (...words: string[]) =>
    JSON.parse((await run(home, ['ask', '--json', ...words, 'Hello'])).out).usage.completionTokens
  expect(await tokens()).toBe(2)
  expect(await tokens('--max-tokens', '1')).toBe(1)
})

test('get, show and path print what holds and where it comes from; unset takes it back', async () => {
  const home = newHome()
  const env = { P2PAI_SERVE_THREADS: '2' }
  await run(home, ['config', 'set', 'network.bootstrap', ...PEERS])
  expect(await run(home, ['config', 'get', 'network.bootstrap'])).toMatchObject({
    code: 0,
    out: `${PEERS.join()}\n`,
    err: ''
  })
  expect((await run(home, ['config', 'path'])).out).toBe(`${join(home, 'config.json')}\n`)
  expect(JSON.parse((await run(home, ['config', 'path', '--json'])).out)).toEqual({
    version: 1,
    path: join(home, 'config.json')
  })
  const { out } = await run(home, ['config', '--origin'], { env })
  expect(out).toMatch(/^network\.bootstrap +\S+,\S+ +file .*config\.json$/m)
  expect(out).toMatch(/^serve\.threads +2 +environment P2PAI_SERVE_THREADS$/m)
  expect(out).toMatch(/^network\.mdns +true +default$/m)
  const json = JSON.parse((await run(home, ['config', 'show', '--json'], { env })).out)
  expect(json).toMatchObject({ version: 1, file: join(home, 'config.json') })
  expect(json.settings).toContainEqual({
    key: 'serve.threads',
    value: 2,
    origin: 'environment',
    variable: 'P2PAI_SERVE_THREADS'
  })
  expect(await run(home, ['config', 'unset', 'network.bootstrap'])).toMatchObject({ code: 0 })
  expect(JSON.parse(readFileSync(join(home, 'config.json'), 'utf8'))).toEqual({})
})

test('a value that the flag would not take is not written', async () => {
  const home = newHome()
  await run(home, ['config', 'set', 'serve.slots', '3'])
  const failed = await run(home, ['config', 'set', 'serve.slots', '300'])
  expect(failed).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^p2pai: serve\.slots must be.*\n$/) })
  expect((await run(home, ['config', 'get', 'serve.slots'])).out).toBe('3\n')
  const meaningless = await run(home, ['config', 'set', 'serve.listen', 'foo'])
  expect(meaningless).toEqual({ code: 2, out: '', err: 'p2pai: serve.listen: foo is not a multiaddr\n' })
})

test('a key that is none is taken out of the file by unset, and of no other', async () => {
  const home = newHome()
  const file = join(home, 'config.json')
  writeFileSync(file, '{"serve": {"slotz": 1, "slots": 2}, "sevre": 3}')
  expect(await run(home, ['config', 'show'])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/no setting serve\.slotz/)
  })
  for (const key of ['serve.slotz', 'sevre']) {
    expect(await run(home, ['config', 'unset', key])).toEqual({ code: 0, out: '', err: '' })
  }
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ serve: { slots: 2 } })
  expect(await run(home, ['config', 'unset', 'serve.slotz'])).toMatchObject({ code: 2 })
})

test('the commands of the page about settings do what it says', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/config.md'), 'utf8')
  const block = /```sh\n([\s\S]*?)```/.exec(page)![1]!
  const home = newHome()
  for (const line of block.trim().split('\n')) {
    expect(line).toMatch(/^p2pai config /)
    const words = line.replace('12D3KooW…', ID).split(' ')
    expect(await run(home, words.slice(1)), line).toMatchObject({ code: 0 })
  }
  const example = /an object a section, as in `(.*?)`/.exec(page)![1]!
  writeFileSync(join(home, 'config.json'), example)
  expect((await run(home, ['config', 'get', 'serve.model'])).out).toBe('qwen3:4b\n')
})
