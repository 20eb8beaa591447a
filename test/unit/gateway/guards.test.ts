import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { GatewayAppInit } from '../../../src/gateway/app.ts'
import { KeyCheck, readKeyFile } from '../../../src/gateway/guard/api-key.ts'
import { parseApiAddress, urlOf } from '../../../src/gateway/server/address.ts'
import { prepareGateway } from '../../../src/gateway/server/serve.ts'
import { temporaryFolder } from '../home/fixtures.ts'
import { FakeEngine } from './fixtures.ts'
import { gatewayOver } from './support/http.ts'

const body = { model: 'auto', messages: [{ role: 'user', content: 'Hi' }] }

async function statusWith(headers: Record<string, string>, init: Partial<GatewayAppInit> = {}): Promise<number> {
  const engine = new FakeEngine()
  const { status } = await gatewayOver(engine, init).send('/v1/chat/completions', { body, headers })
  if (status !== 200) expect(engine.requests).toEqual([])
  return status
}

test.each([
  { host: '127.0.0.1:11435', status: 200 },
  { host: 'localhost:11435', status: 200 },
  { host: 'LOCALHOST:11435', status: 200 },
  { host: '[::1]:11435', status: 200 },
  { host: 'evil.com', status: 403 },
  { host: 'evil.com:11435', status: 403 },
  { host: 'localhost.evil.com:11435', status: 403 },
  { host: '127.0.0.1.evil.com:11435', status: 403 },
  { host: '0.0.0.0:11435', status: 403 },
  { host: '192.168.1.2:11435', status: 403 },
  { host: '127.0.0.1', status: 403 },
  { host: '127.0.0.1:80', status: 403 },
  { host: 'localhost.:11435', status: 403 },
  { host: '[::]:11435', status: 403 }
])('case 51: Host $host is $status on loopback', async ({ host, status }) => {
  expect(await statusWith({ host })).toBe(status)
})

test.each([
  { host: '192.168.1.2:11435', status: 200 },
  { host: '[fe80::1]:11435', status: 200 },
  { host: '0.0.0.0:11435', status: 403 },
  { host: 'evil.com:11435', status: 403 }
])('case 51: Host $host is $status for other machines without a key', async ({ host, status }) => {
  expect(await statusWith({ host }, { own: { policy: 'address', cors: [], port: () => 11435 } })).toBe(status)
})

test.each([
  { headers: {}, status: 200 },
  { headers: { origin: 'http://127.0.0.1:11435' }, status: 200 },
  { headers: { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }, status: 200 },
  { headers: { origin: 'https://evil.example' }, status: 403 },
  { headers: { origin: 'null' }, status: 403 },
  { headers: { origin: 'http://localhost:3000' }, status: 403 },
  { headers: { 'sec-fetch-site': 'cross-site' }, status: 403 },
  { headers: { 'sec-fetch-site': 'same-site' }, status: 403 },
  { headers: { 'sec-fetch-site': 'none' }, status: 200 },
  { headers: { 'sec-fetch-site': 'same-origin' }, status: 200 },
  { headers: { 'content-type': 'text/plain' }, status: 415 },
  { headers: { 'content-type': 'application/x-www-form-urlencoded' }, status: 415 }
])('case 51: a page with $headers is $status', async ({ headers, status }) => {
  const own = { policy: 'loopback' as const, cors: ['https://app.example'], port: () => 11435 }
  expect(await statusWith(headers as Record<string, string>, { own })).toBe(status)
})

test('case 51: reading needs the same headers as asking', async () => {
  const { send } = gatewayOver(new FakeEngine())
  for (const path of ['/v1/models', '/metrics', '/health', '/', '/openapi.json']) {
    expect((await send(path, { headers: { host: 'evil.com' } })).status).toBe(403)
    expect((await send(path, { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403)
  }
})

test('case 51: browsers are told nothing of other origins, and of listed ones what they need', async () => {
  const preflight = {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization, content-type, x-stainless-os'
    }
  }
  const closed = await gatewayOver(new FakeEngine()).send('/v1/chat/completions', preflight)
  expect(closed.status).toBe(403)
  expect([...closed.headers.keys()].filter(name => name.startsWith('access-control'))).toEqual([])
  const own = { policy: 'loopback' as const, cors: ['https://app.example'], port: () => 11435 }
  const { send } = gatewayOver(new FakeEngine(), { own, key: new KeyCheck('k'.repeat(16), 0) })
  const open = await send('/v1/chat/completions', preflight)
  expect(open.status).toBe(204)
  expect(open.headers.get('access-control-allow-origin')).toBe('https://app.example')
  expect(open.headers.get('access-control-allow-headers')).toContain('authorization')
  const headers = { origin: 'https://app.example', authorization: `Bearer ${'k'.repeat(16)}` }
  const answered = await send('/v1/chat/completions', { body, headers })
  expect(answered.headers.get('access-control-allow-origin')).toBe('https://app.example')
  expect(answered.headers.get('vary')).toContain('Origin')
  const refused = await send('/v1/chat/completions', { body, headers: { origin: 'https://app.example' } })
  expect(refused.status).toBe(401)
  expect(refused.headers.get('access-control-allow-origin')).toBe('https://app.example')
})

const KEY = 'a-key-of-some-length'

test.each([
  { headers: { authorization: `Bearer ${KEY}` }, status: 200 },
  { headers: { 'x-api-key': KEY }, status: 200 },
  { headers: {}, status: 401 },
  { headers: { authorization: `Bearer ${KEY}x` }, status: 401 },
  { headers: { authorization: `Bearer ${KEY.slice(0, -1)}` }, status: 401 },
  { headers: { authorization: `Basic ${KEY}` }, status: 401 },
  { headers: { authorization: 'Bearer ' }, status: 401 },
  { headers: { 'x-api-key': '' }, status: 401 }
])('case 52: a key in $headers is $status', async ({ headers, status }) => {
  expect(await statusWith(headers as Record<string, string>, { key: new KeyCheck(KEY, 0) })).toBe(status)
})

test('case 52: a key in the address is no key, on no path', async () => {
  const { send } = gatewayOver(new FakeEngine(), { key: new KeyCheck(KEY, 0) })
  for (const path of ['/v1/models', '/health', '/metrics', '/v1/nothing']) {
    for (const name of ['key', 'api_key', 'access_token', 'authorization']) {
      expect((await send(`${path}?${name}=${KEY}`)).status).toBe(401)
    }
  }
})

test('case 52: of ten thousand guesses none is let in, each waits for its answer, and the right key does not', async () => {
  const { send } = gatewayOver(new FakeEngine(), { key: new KeyCheck(KEY, 40) })
  const startedAtMs = performance.now()
  const first = send('/health', { headers: { 'x-api-key': 'wrong' } }).then(() => performance.now() - startedAtMs)
  const guesses = Array.from({ length: 10_000 }, async (_, guess) => {
    return (await send('/health', { headers: { 'x-api-key': `guess-${guess}` } })).status
  })
  expect(new Set(await Promise.all(guesses))).toEqual(new Set([401]))
  expect(await first).toBeGreaterThan(35)
  // It would outlast the test if it waited.
  const { send: patient } = gatewayOver(new FakeEngine(), { key: new KeyCheck(KEY, 1_000_000) })
  expect((await patient('/health', { headers: { 'x-api-key': KEY } })).status).toBe(200)
})

test('case 52: other machines are served with a key, or when the user insists', async () => {
  const folder = temporaryFolder()
  const apiKeyFile = join(folder, 'key')
  writeFileSync(apiKeyFile, `${KEY}\nmore\n`)
  const address = parseApiAddress('0.0.0.0:0')!
  await expect(prepareGateway(address)).rejects.toMatchObject({ code: 'invalid_request', details: { field: 'api' } })
  await prepareGateway(address, { apiKeyFile })
  await prepareGateway(address, { insecure: true })
  await prepareGateway(parseApiAddress('[::1]:0')!)
})

test('case 52: a key file that cannot serve is refused, and its content never said', async () => {
  const folder = temporaryFolder()
  for (const text of ['', 'short', 'SECRET with spaces in it', 'x'.repeat(1000)]) {
    const file = join(folder, 'key')
    writeFileSync(file, text)
    const error = await readKeyFile(file).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ code: 'invalid_request', details: { field: 'api_key_file' } })
    expect((error as Error).message).not.toContain('SECRET')
  }
  await expect(readKeyFile(join(folder, 'missing'))).rejects.toMatchObject({ code: 'invalid_request' })
})

test('an address is ADDR:PORT, off, or the default', () => {
  expect(parseApiAddress(undefined)).toEqual({ host: '127.0.0.1', port: 11435, isNamed: false })
  expect(parseApiAddress('off')).toBeUndefined()
  expect(parseApiAddress('localhost:80')).toEqual({ host: '127.0.0.1', port: 80, isNamed: true })
  expect(parseApiAddress('[::1]:0')).toEqual({ host: '::1', port: 0, isNamed: true })
  for (const text of ['', '11435', ':1', '127.0.0.1', '127.0.0.1:x', '127.0.0.1:65536', 'evil.com:1', '::1:1', 'on']) {
    expect(() => parseApiAddress(text), text).toThrow(/ADDR:PORT/)
  }
  expect(urlOf('0.0.0.0', 5)).toBe('http://127.0.0.1:5')
  expect(urlOf('::', 5)).toBe('http://[::1]:5')
})

test('an origin that is none is refused', async () => {
  for (const cors of ['*', 'example.org', 'https://example.org/', 'null']) {
    await expect(prepareGateway(parseApiAddress('127.0.0.1:0')!, { cors: [cors] })).rejects.toMatchObject({
      details: { field: 'cors' }
    })
  }
})
