import { describe, expect, it } from 'vitest'
import { INFER_PROTOCOL } from '../../src/protocols/infer/index.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { ask, asker } from './support/asker.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { faultProxy } from './support/fault-proxy.ts'
import { request, requestFrame } from './support/frames.ts'
import { inferHost } from './support/infer-host.ts'
import { addressOf, connect, openRaw, rawPeer } from './support/raw-peer.ts'
import { hear } from './support/raw-stream.ts'
import { until } from './support/until.ts'
import { expectWithin } from './support/within.ts'

const LONG_TOKEN = ` ${'token '.repeat(500)}`

describe('a reader that misbehaves', () => {
  expectNoEscapedErrors()

  it('case 15: one that stops reading costs less than 2 MiB and is dropped at the stall limit', async () => {
    const engine = scriptedEngine({ tokens: Array(5_000).fill(LONG_TOKEN), contextSizeTokens: 1 << 20 })
    await using host = await inferHost(engine, { stallMs: 500 })
    await using stranger = await rawPeer([])
    const stream = await openRaw(await connect(stranger, host.peer), INFER_PROTOCOL)
    stream.pause()
    stream.send(requestFrame())
    await until(() => host.streams.length === 1)
    const [served] = host.streams
    let mostQueued = 0
    let stalledAtMs = 0
    let tokensAtStall = 0
    await until(() => {
      mostQueued = Math.max(mostQueued, served!.writeBufferLength)
      if (served!.writableNeedsDrain && stalledAtMs === 0) stalledAtMs = performance.now()
      if (stalledAtMs > 0) tokensAtStall = engine.calls[0]?.tokens ?? 0
      return host.outcomes.length > 0
    }, 10_000)
    expect(mostQueued).toBeLessThan(2 << 20)
    expect(host.outcomes[0]?.outcome).toBe('slow_reader')
    expectWithin(performance.now() - stalledAtMs, 2_000)
    await until(() => engine.status()[0]?.slots.busy === 0, 10_000, 'a free slot')
    expect(engine.calls[0]?.outcome).not.toBe('ended')
    expect(engine.calls[0]?.tokens).toBeLessThanOrEqual(tokensAtStall + 2)
  })

  it('case 15: one that reads slowly gets everything', async () => {
    const engine = scriptedEngine({ tokens: Array(400).fill(LONG_TOKEN), contextSizeTokens: 1 << 20 })
    await using host = await inferHost(engine, { stallMs: 2_000 })
    await using stranger = await rawPeer([])
    let text = ''
    let events = 0
    const answer = asker(stranger)(addressOf(host.peer), request(), new AbortController().signal)
    for await (const event of answer) {
      if (event.type !== 'delta') continue
      text += event.text
      if (++events % 20 === 0) await new Promise(resolve => setTimeout(resolve, 10))
    }
    expect(text).toBe(LONG_TOKEN.repeat(400))
  })

  it('case 16: the engine is idle within a second when the connection of the requester is destroyed', async () => {
    const engine = scriptedEngine({ tokenMs: 5, tokens: Array(2_000).fill(' a') })
    await using host = await inferHost(engine)
    await using stranger = await rawPeer([])
    await using line = await faultProxy(host.peer)
    let tokens = 0
    const controller = new AbortController()
    const run = async () => {
      for await (const event of asker(stranger)(addressOf(line), request(), controller.signal)) {
        if (event.type === 'delta') tokens += event.tokenCount
        if (tokens >= 5) line.cut()
      }
    }
    await expect(run()).rejects.toMatchObject({ code: 'provider_lost' })
    const diedAtMs = performance.now()
    await until(() => engine.status()[0]?.slots.busy === 0, 10_000, 'a free slot')
    expectWithin(performance.now() - diedAtMs, 1_000)
    expect(engine.calls[0]?.outcome).not.toBe('ended')
    expect(host.outcomes[0]?.outcome).toBe('aborted')
  })

  it('case 16: a signal of the requester frees the slot while the prompt is still read', async () => {
    const engine = scriptedEngine({ prefillMs: 20_000, progressMs: 100 })
    await using host = await inferHost(engine)
    await using stranger = await rawPeer([])
    const controller = new AbortController()
    const asked = ask(asker(stranger), host.peer, {}, controller.signal)
    await until(() => engine.status()[0]?.slots.busy === 1)
    controller.abort()
    expect((await asked).error?.code).toBe('aborted')
    await until(() => engine.status()[0]?.slots.busy === 0, 10_000, 'a free slot')
  })

  it('case 17: one that closes its side after the request gets its answer', async () => {
    const engine = scriptedEngine({ tokenMs: 5 })
    await using host = await inferHost(engine)
    await using stranger = await rawPeer([])
    const stream = await openRaw(await connect(stranger, host.peer), INFER_PROTOCOL)
    const heard = hear(stream)
    stream.send(requestFrame())
    await stream.close()
    expect(await heard).toMatchObject({ error: undefined, ending: 'closed' })
    expect((await heard).events.at(-1)?.type).toBe('end')
    expect(host.outcomes[0]?.outcome).toBe('ok')
    await until(() => host.streams[0]?.status === 'closed', 1_000, 'a closed stream')
  })

  it('a requester that never closes its side is cut after the answer', async () => {
    await using host = await inferHost(scriptedEngine())
    await using stranger = await rawPeer([])
    const stream = await openRaw(await connect(stranger, host.peer), INFER_PROTOCOL)
    const heard = hear(stream)
    stream.send(requestFrame())
    expect((await heard).events.at(-1)?.type).toBe('end')
    await until(() => stream.status === 'reset', 7_000, 'a reset')
  })
})
