import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Finding } from '../../src/index.ts'
import { newHome, run, serve } from './command.ts'

const DEAD = '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'
const ENV = { P2PAI_NETWORK_MDNS: 'false' }

async function doctor(home: string) {
  const { code, out, err } = await run(home, ['doctor', '--json'], { env: ENV })
  const document: { version: number; ok: boolean; findings: Finding[] } = JSON.parse(out)
  expect(err).toBe('')
  expect(document).toMatchObject({ version: 1, ok: code === 0 })
  expect(document.ok).toBe(document.findings.every(({ status }) => status !== 'fail'))
  const of = (name: string) => document.findings.find(finding => finding.name === name)
  return { code, of, findings: document.findings }
}

test('on a machine where nothing runs yet all is told, and nothing is made', async () => {
  const home = join(newHome(), 'new')
  const { code, of, findings } = await doctor(home)
  expect(code).toBe(0)
  expect(findings.map(({ name }) => name)).toEqual([
    ...['settings', 'versions', 'disk', 'memory', 'open files', 'gpu', 'home', 'daemon', 'ports', 'gateway'],
    ...['network', 'local network', 'saved peers', 'dht', 'gossip', 'clock', 'engine']
  ])
  expect(of('versions')?.says).toMatch(/^p2pai [\d.]+, Node\.js [\d.]+, libp2p [\d.]+, node-llama-cpp [\d.]+, /)
  expect(of('daemon')).toMatchObject({ status: 'warn', fix: expect.stringContaining('p2pai serve') })
  expect(of('engine')).toMatchObject({ status: 'ok', says: expect.stringContaining('answers on') })
  for (const { status, fix } of findings) expect(fix === undefined).toBe(status === 'ok')
  expect(existsSync(home)).toBe(false)
})

test('case 28: with a daemon its own ways are looked at, and a dead bootstrap is named', async () => {
  const far = await serve(newHome(), ['--no-model'])
  onTestFinished(async () => void (await far.stop()))
  const home = newHome()
  const [address] = far.ready.addresses
  const near = await serve(home, ['--no-model', '--bootstrap', address!, '--bootstrap', DEAD])
  onTestFinished(async () => void (await near.stop()))
  const { code, of, findings } = await doctor(home)
  expect(code).toBe(1)
  expect(of('daemon')).toMatchObject({ status: 'ok', says: expect.stringContaining(String(near.child.pid)) })
  expect(findings.filter(({ name }) => name === 'bootstrap')).toEqual([
    { name: 'bootstrap', status: 'ok', says: `${address} is reached` },
    { name: 'bootstrap', status: 'fail', says: expect.stringContaining(DEAD), fix: expect.any(String) }
  ])
  expect(of('network')).toMatchObject({ status: 'ok' })
  expect(of('gossip')).toMatchObject({ status: 'ok' })
  const text = await run(home, ['doctor'], { env: ENV })
  expect(text).toMatchObject({ code: 1, err: '' })
  expect(text.out).toMatch(/^fail {2}bootstrap +cannot reach .*\n {21}\S.*$/m)
})

test('broken settings and a broken key are findings, and the rest is looked at all the same', async () => {
  const home = newHome()
  writeFileSync(join(home, 'config.json'), '{"serve": 1}')
  writeFileSync(join(home, 'key'), 'corrupt', { mode: 0o600 })
  const { code, of } = await doctor(home)
  expect(code).toBe(1)
  expect(of('settings')).toMatchObject({ status: 'fail', says: expect.stringContaining('line 1') })
  expect(of('key')).toMatchObject({ status: 'fail', says: expect.stringContaining('7 bytes') })
  expect(of('engine')).toMatchObject({ status: 'ok' })
})
