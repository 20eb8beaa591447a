import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { DiscoveryReport } from '../../../src/interface/index.ts'
import { checkHardware } from '../../../src/node/doctor/gpu.ts'
import { checkHome } from '../../../src/node/doctor/home.ts'
import { checkAddresses, checkDiscovery } from '../../../src/node/doctor/network.ts'
import { checkGatewayPort } from '../../../src/node/doctor/ports.ts'
import { homePeerId } from '../../../src/node/home/identity.ts'
import { temporaryFolder } from '../home/fixtures.ts'

const GOOD: DiscoveryReport = {
  connections: 3,
  providers: 1,
  mdns: { enabled: true, peers: 1 },
  bootstrap: [],
  saved: { peers: 4, connected: 1 },
  dht: { enabled: true, peers: 3 },
  gossip: { enabled: true, peers: 2 },
  clockOffsetMs: -900
}
const statusOf = (report: DiscoveryReport, name: string) =>
  checkDiscovery(report, true).find(finding => finding.name === name)

test('nothing is wrong where every way has found somebody', () => {
  expect(checkDiscovery(GOOD, true).map(({ status }) => status)).toEqual(Array(6).fill('ok'))
})

test.each<{ name: string; change: Partial<DiscoveryReport> }>([
  { name: 'network', change: { connections: 0 } },
  { name: 'local network', change: { mdns: { enabled: true, peers: 0 } } },
  { name: 'saved peers', change: { saved: { peers: 4, connected: 0 } } },
  { name: 'dht', change: { dht: { enabled: true, peers: 0 } } },
  { name: 'gossip', change: { gossip: { enabled: true, peers: 0 } } }
])('case 28: a dead way is named: $name', ({ name, change }) => {
  const findings = checkDiscovery({ ...GOOD, ...change }, true)
  expect(findings.filter(({ status }) => status !== 'ok')).toEqual([
    { name, status: 'warn', says: expect.any(String), fix: expect.any(String) }
  ])
})

test.each([
  { offsetMs: 5_000, status: 'ok', says: /agrees/ },
  { offsetMs: 30_000, status: 'warn', says: /30 s behind/ },
  { offsetMs: -7_200_000, status: 'fail', says: /7200 s ahead of/ }
])('case 33: a clock that is $offsetMs ms off is $status', ({ offsetMs, status, says }) => {
  expect(statusOf({ ...GOOD, clockOffsetMs: offsetMs }, 'clock')).toMatchObject({
    status,
    says: expect.stringMatching(says)
  })
})

test('case 33: a clock that nobody was there to compare with is no clock that is right', () => {
  const { clockOffsetMs: _, ...unmeasured } = GOOD
  expect(statusOf(unmeasured, 'clock')).toMatchObject({ status: 'warn', says: expect.stringMatching(/not looked at/) })
})

test('a card that the engine does not use is told, with what to do', () => {
  const says = 'the built-in model answers'
  const card = 'NVIDIA GeForce RTX 4090 (24564 MiB)'
  expect(checkHardware('cpu (no usable GPU found)', [card], says)).toMatchObject({
    ...{ name: 'engine', status: 'warn', says: `${says}, although there is ${card}` },
    fix: expect.stringMatching(/driver/)
  })
  expect(checkHardware('cuda', [card], says)).toEqual({ name: 'engine', status: 'ok', says })
  expect(checkHardware('cpu (no usable GPU found)', [], says)).toEqual({ name: 'engine', status: 'ok', says })
})

test('a taken port of the HTTP gateway is told; one that the settings name is then a failure', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void taken.close())
  await once(taken, 'listening')
  const api = `127.0.0.1:${(taken.address() as AddressInfo).port}`
  expect(await checkGatewayPort(api)).toMatchObject({
    ...{ name: 'gateway', status: 'fail', says: `${api} cannot be had: EADDRINUSE` },
    fix: expect.stringMatching(/serve\.api/)
  })
  expect(await checkGatewayPort('127.0.0.1:0')).toMatchObject({ status: 'ok' })
  expect(await checkGatewayPort('off')).toMatchObject({ status: 'ok', says: 'off, by setting' })
})

test('a daemon on loopback alone is told', () => {
  expect(checkAddresses(['/ip4/127.0.0.1/tcp/1']).fix).toMatch(/p2pai config set serve\.listen \/ip4\/0\.0\.0\.0/)
  expect(checkAddresses(['/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/1']).status).toBe('warn')
  expect(checkAddresses(['/ip4/127.0.0.1/tcp/1', '/ip4/192.0.2.7/tcp/1']).status).toBe('ok')
})

test('case 36, 40: what is wrong with home and key is told with what helps', async () => {
  const home = temporaryFolder()
  const peerId = await homePeerId(home)
  chmodSync(home, 0o700)
  expect(await checkHome(home)).toEqual([
    { name: 'home', status: 'ok', says: expect.stringContaining(home.split('/').at(-1)!) },
    { name: 'key', status: 'ok', says: peerId }
  ])
  chmodSync(home, 0o755)
  expect((await checkHome(home))[0]).toMatchObject({ status: 'warn', fix: expect.stringContaining('chmod 700') })
  chmodSync(home, 0o777)
  expect((await checkHome(home))[0]).toMatchObject({ status: 'fail', says: expect.stringContaining('0777') })
  chmodSync(home, 0o700)
  chmodSync(join(home, 'key'), 0o644)
  expect((await checkHome(home))[1]).toMatchObject({ status: 'fail', says: expect.stringContaining('chmod 600') })
  chmodSync(join(home, 'key'), 0o600)
  writeFileSync(join(home, 'key'), 'corrupt')
  expect((await checkHome(home))[1]).toMatchObject({ status: 'fail', says: expect.stringContaining('7 bytes') })
})
