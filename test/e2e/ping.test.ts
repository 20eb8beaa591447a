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

test.each([
  { id: 'a name that nobody has', name: 'cellar', code: 4, says: /no peer "cellar" is known/ },
  { id: 'an address without a peer id', name: '/ip4/127.0.0.1/tcp/1', code: 2, says: /does not end in \/p2p\// },
  { id: 'a peer that is not there', name: `/ip4/127.0.0.1/tcp/1/p2p/${NOBODY}`, code: 5, says: /cannot reach/ }
])('$id ends with $code', async ({ name, code, says }) => {
  const { home } = await daemon(['--no-model'])
  const pinged = await run(home, ['ping', '-c', '1', name])
  expect(pinged).toMatchObject({ code, out: '', err: expect.stringMatching(says) })
})
