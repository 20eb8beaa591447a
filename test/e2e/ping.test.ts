import { expect, onTestFinished, test } from 'vitest'
import { newHome, run, type Served, serve } from './command.ts'

const NOBODY = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'

async function daemon(words: string[], home = newHome()): Promise<Served & { home: string }> {
  const served = await serve(home, words)
  onTestFinished(async () => void (await served.stop()))
  return { ...served, home }
}

test('a peer is pinged by id, address and name, by the daemon and without one', async () => {
  const far = await daemon(['--name', 'attic'])
  const [address] = far.ready.addresses
  const near = await daemon(['--no-model', '--bootstrap', address!])
  for (const home of [near.home, newHome()]) {
    for (const name of [far.ready.peerId, address!, 'attic']) {
      const without = home === near.home ? [] : ['--no-mdns', '--bootstrap', address!]
      const words = ['ping', '-c', '2', '--interval', '0', ...without, name]
      const { code, out, err } = await run(home, words)
      expect(code, `${name}: ${err}`).toBe(0)
      expect(out).toMatch(
        new RegExp(`^(reply from ${far.ready.peerId} at /ip4/127\\S+ \\(direct\\): [\\d.]+ ms\\n){2}$`)
      )
      expect(err).toMatch(/^2 of 2 replies; shortest [\d.]+ ms, median [\d.]+ ms, longest [\d.]+ ms\n$/)
    }
  }
  const json = await run(near.home, ['ping', '--json', '-c', '1', 'attic'])
  expect(JSON.parse(json.out)).toEqual({
    version: 1,
    sent: 1,
    received: 1,
    replies: [{ peerId: far.ready.peerId, address: expect.any(String), path: 'direct', rttMs: expect.any(Number) }],
    minMs: expect.any(Number),
    medianMs: expect.any(Number),
    maxMs: expect.any(Number)
  })
})

const UNREACHABLE = `/ip4/127.0.0.1/tcp/1/p2p/${NOBODY}`

test('a peer that cannot be pinged is told once where trying again is no use, with its own exit code', async () => {
  const { home, ready } = await daemon(['--no-model'])
  const told = async (name: string) => await run(home, ['ping', '-c', '2', '--interval', '0', name])
  const once = (text: string) => `p2pai: ${text}\n`
  expect(await told('cellar')).toMatchObject({
    code: 4,
    out: '',
    err: expect.stringMatching(/no peer "cellar" is known/)
  })
  expect(await told(NOBODY)).toEqual({ code: 4, out: '', err: once(`nobody knows an address of ${NOBODY}`) })
  for (const own of [ready.peerId, ready.addresses[0]!]) {
    const err = once('this is the peer of this machine itself; name another one')
    expect(await told(own)).toEqual({ code: 2, out: '', err })
  }
  expect(await told('/ip4/127.0.0.1/tcp/1')).toMatchObject({ code: 2, err: expect.stringMatching(/does not end in/) })
  expect(await told(UNREACHABLE)).toMatchObject({ code: 5, out: '', err: expect.stringMatching(/cannot reach/) })
  const json = await run(home, ['ping', '--json', '-c', '1', UNREACHABLE])
  expect(JSON.parse(json.out)).toMatchObject({
    ...{ sent: 1, received: 0, replies: [] },
    error: { code: 'provider_unreachable', message: expect.stringMatching(/cannot reach/) }
  })
})
