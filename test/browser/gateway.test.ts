import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { SCRIPTED_TEXT } from '../../src/testing/index.ts'
import type { Visit } from './support/visit.ts'

const NETWORK = 'ip link set lo up'
const CHROMIUM = spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).stdout.trim()
const missing =
  CHROMIUM === ''
    ? 'there is no chromium'
    : spawnSync('unshare', ['-rn', 'sh', '-c', NETWORK]).status !== 0
      ? 'no network namespace can be made here (unshare -rn, ip)'
      : undefined
if (missing !== undefined) console.warn(`skipped: ${missing}`)

type Scene = 'rebinding' | 'crossSite' | 'allowed' | 'notAllowed' | 'ownPage'

describe.skipIf(missing !== undefined)('web pages in Chromium, in a network that has loopback alone', () => {
  let seen: Record<Scene, Visit>
  beforeAll(async () => {
    const visit = join(import.meta.dirname, 'support/visit.ts')
    const script = `${NETWORK} && exec "${process.execPath}" "${visit}" "${CHROMIUM}"`
    const { stdout } = await promisify(execFile)('unshare', ['-rn', 'sh', '-c', script])
    seen = JSON.parse(stdout)
  })

  it('case 51: a page whose name is made to lead to this machine (DNS rebinding) gets nothing', () => {
    const { learned, executed, statuses } = seen.rebinding
    expect(learned).toEqual({
      ask: { status: 403, type: 'basic', text: expect.stringContaining('Host') },
      list: { status: 403, type: 'basic', text: expect.stringContaining('Host') }
    })
    expect(executed).toBe(0)
    // Both, and now and then the browser's own request for an icon.
    expect(Object.keys(statuses)).toEqual(['403'])
    expect(statuses[403]).toBeGreaterThanOrEqual(2)
  })

  it('case 51: nothing is executed for a page of another site, and it learns nothing', () => {
    const { learned, executed, pulled, statuses } = seen.crossSite
    expect([executed, pulled]).toEqual([0, 0])
    const failed = { error: expect.stringContaining('Failed to fetch') }
    const opaque = { status: 0, type: 'opaque', text: '' }
    expect(learned).toEqual({
      ask: failed,
      list: failed,
      'text/plain without asking': opaque,
      'a pull without asking': opaque,
      'a form': 'loaded',
      'an image': 'error',
      'a script': 'error',
      'a beacon': true,
      'a WebSocket': 'error',
      'from a frame without an origin': opaque,
      'by the name localhost': failed,
      'by 0.0.0.0': failed
    })
    // They did reach the gateway, and it refused them: it was not the browser alone that kept them away.
    expect(Object.keys(statuses)).toEqual(['403'])
    expect(statuses[403]).toBeGreaterThanOrEqual(9)
  })

  it('case 51: a page whose origin is listed (--cors) asks, streams and sees who answered', () => {
    const { learned, executed } = seen.allowed
    expect(learned).toMatchObject({
      ask: { status: 200, type: 'cors', text: expect.stringContaining(SCRIPTED_TEXT) },
      stream: { peer: '12D3KooWFake', text: expect.stringContaining('[DONE]') }
    })
    expect(executed).toBe(2)
  })

  it('case 51: a page of another origin than the listed one gets nothing', () => {
    const { learned, executed } = seen.notAllowed
    const failed = { error: expect.stringContaining('Failed to fetch') }
    expect(learned).toEqual({ ask: failed, list: failed })
    expect(executed).toBe(0)
  })

  it("case 51: a page of the gateway's own address asks", () => {
    const { learned, executed } = seen.ownPage
    expect(learned).toMatchObject({ ask: { status: 200 }, list: { status: 200 } })
    expect(executed).toBe(1)
  })
})
