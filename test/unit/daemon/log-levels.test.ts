import { expect, test } from 'vitest'
import { libp2pLog } from '../../../src/node/daemon/libp2p-log.ts'
import { LogLevels } from '../../../src/node/daemon/log-levels.ts'

test('each part of the daemon has its level, and all can be changed at once', () => {
  const levels = new LogLevels('info')
  expect(levels.wants('debug', 'peer:connect')).toBe(false)
  levels.set('debug', 'peers')
  expect(levels.wants('debug', 'peer:connect')).toBe(true)
  expect(levels.wants('debug', 'libp2p')).toBe(false)
  levels.set('error', 'requests')
  expect(levels.wants('info', 'request')).toBe(false)
  expect(levels.wants('info', 'engine:loaded')).toBe(true)
  expect(levels.wants('info', 'anything else')).toBe(true)
  expect(levels.read()).toEqual({ daemon: 'info', libp2p: 'info', models: 'info', peers: 'debug', requests: 'error' })
  levels.set('warn')
  expect(new Set(Object.values(levels.read()))).toEqual(new Set(['warn']))
  expect(() => levels.set('info', 'peer')).toThrow(/no part "peer"; there are daemon, libp2p, models, peers, requests/)
})

test('what libp2p says is a line of debug, put together only when somebody wants it', () => {
  const lines: unknown[] = []
  let wanted = false
  const log = libp2pLog(
    (...line) => void lines.push(line),
    () => wanted
  ).forComponent('libp2p:dialer')
  const secret = { toString: () => expect.unreachable('nobody wants it') as string }
  log('dialing %p', secret)
  expect({ lines, enabled: log.enabled }).toEqual({ lines: [], enabled: false })
  wanted = true
  expect(log.enabled).toBe(true)
  log('dialing %p at %a', { toString: () => '12D3' }, '/ip4/1')
  log.newScope('queue').error('gone - %e', new Error('off'))
  log.trace('much')
  expect(lines).toEqual([
    ['debug', 'libp2p', { component: 'libp2p:dialer', text: 'dialing 12D3 at /ip4/1' }],
    ['debug', 'libp2p', { component: 'libp2p:dialer:queue', text: 'gone - off' }]
  ])
})
