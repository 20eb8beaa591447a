import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Counter, register } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { startDaemon } from '../../src/index.ts'

async function daemon(...bootstrap: string[]) {
  const home = mkdtempSync(join(tmpdir(), 'p2pai-metrics-'))
  const alone = { listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false, noModel: true }
  const started = await startDaemon({ ...alone, home, api: '127.0.0.1:0', bootstrap })
  onTestFinished(async () => {
    await started.stop()
    rmSync(home, { recursive: true, force: true })
  })
  return started.ready
}

test("libp2p's counts and ours stand in one page, and no label of it was made up by a stranger", async () => {
  const own = new Counter({ name: 'own_things_total', help: 'Of the program around.' })
  onTestFinished(() => register.removeSingleMetric('own_things_total'))
  const first = await daemon()
  const second = await daemon(first.addresses[0]!)
  const peersOf = async () => (await (await fetch(`${second.api}/health`)).json()) as { connections: number }
  await expect.poll(async () => (await peersOf()).connections).toBeGreaterThan(0)
  const body = JSON.stringify({ model: 'nobody-has-this', messages: [{ role: 'user', content: 'x' }] })
  const headers = { 'content-type': 'application/json' }
  expect((await fetch(`${second.api}/v1/chat/completions`, { method: 'POST', headers, body })).status).toBe(503)
  const text = await (await fetch(`${second.api}/metrics`)).text()
  expect(text).toMatch(/^libp2p_connection_manager_connections\{\w+="outbound"\} [1-9]/m)
  expect(text).toMatch(/^libp2p_data_transfer_bytes_total\{protocol="global sent"\} [1-9]/m)
  expect(text).toMatch(/^p2pai_connections [1-9]/m)
  expect(text).toMatch(/^# TYPE p2pai_attempts_total counter$/m)
  expect(text).toMatch(/^p2pai_answers_total\{route="\/v1\/chat\/completions",outcome="no_provider"\} 1$/m)
  // What strangers choose: their ids, their names, the models that they ask for.
  for (const word of [first.peerId, second.peerId, 'nobody-has-this', '12D3Koo', 'p2pai/'])
    expect(text).not.toContain(word)
  expect(register.getSingleMetric('own_things_total')).toBe(own)
  const page = readFileSync(join(import.meta.dirname, '../../docs/clients.md'), 'utf8')
  const named = new Set(page.match(/\bp2pai_\w+/g))
  expect(named.size).toBeGreaterThan(10)
  for (const name of named) expect(text).toContain(`# TYPE ${name} `)
})
