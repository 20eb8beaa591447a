import { expect, it } from 'vitest'
import { type EngineEvent, P2paiError } from '../../src/interface/index.ts'
import { collect } from '../../src/testing/index.ts'
import { ask, DONE, event, FakeUpstream, piece, USAGE, upstream } from './support/fake-upstream.ts'

const HELLO = piece({ content: 'Hel' })

it.each([
  { name: 'ends without a reason', pieces: [HELLO], says: 'without saying why' },
  { name: 'says that it is done without a reason', pieces: [HELLO, DONE], says: 'without saying why' },
  { name: 'ends inside of a line', pieces: [HELLO, 'data: {"choices":[{"delta"'], says: 'inside of an event' },
  { name: 'sends garbage for JSON', pieces: [HELLO, 'data: {nonsense\n\n'], says: 'no JSON' },
  { name: 'sends JSON of another kind', pieces: ['data: [1, 2]\n\n'], says: 'no known form' },
  { name: 'sends two choices', pieces: [event({ choices: [{ delta: {} }, { delta: {} }] })], says: 'no known form' },
  { name: 'sends lines that are no events', pieces: [HELLO, '<html>oops</html>\n\n'], says: 'no events' },
  { name: 'sends bytes that are no text', pieces: [HELLO, new Uint8Array([0x64, 0xff, 0xfe, 0x0a])], says: 'UTF-8' },
  { name: 'sends a line without an end', pieces: [HELLO, `data: "${'x'.repeat(2 << 20)}`], says: 'cannot be read' },
  { name: 'breaks off by itself', pieces: [piece({ content: 'Hel' }, 'abort')], says: 'broke off' },
  {
    name: 'calls a tool without a name',
    pieces: [piece({ tool_calls: [{ index: 0, id: 'a' }] })],
    says: 'without a name'
  }
])('a server that $name is an error, never a short answer', async ({ pieces, says }) => {
  const engine = await upstream(new FakeUpstream().chat(...pieces))
  const error = await collect(engine, ask()).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'engine_crashed', message: expect.stringContaining(says) })
  expect(engine.status()[0]?.slots.busy).toBe(0)
})

it('an answer whose end is known is whole, however the server hangs up then', async () => {
  const engine = await upstream(new FakeUpstream().chat(HELLO, piece({ content: 'lo' }, 'stop'), 'data: [DO'))
  const { text, end } = await collect(engine, ask())
  expect(text).toBe('Hello')
  expect(end).toMatchObject({ finishReason: 'stop', usage: { completionTokens: 2 } })
})

it('a connection that breaks in the middle is an error', async () => {
  const fake = new FakeUpstream().on('/v1/chat/completions', response => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(HELLO, () => response.destroy())
  })
  const engine = await upstream(fake)
  await expect(collect(engine, ask())).rejects.toMatchObject({ code: 'engine_crashed' })
})

it('an error inside of the stream is the error of the answer', async () => {
  const failure = event({ error: { message: 'worker died', type: 'server_error', code: 500 } })
  const engine = await upstream(new FakeUpstream().chat(HELLO, failure, DONE))
  await expect(collect(engine, ask())).rejects.toMatchObject({ code: 'engine_crashed' })
})

it('an error inside of the stream does not tell the key', async () => {
  const key = 'sk-secret-of-the-operator'
  const failure = event({ error: { message: `bad request by ${key}`, code: 400 } })
  const engine = await upstream(new FakeUpstream().chat(failure), { key })
  const error = await collect(engine, ask()).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'invalid_request', message: 'bad request by …' })
})

it('one event in many small writes, comments between and CRLF are read', async () => {
  const text = `: hi\r\n\r\n${piece({ content: 'größer' }).replaceAll('\n', '\r\n')}${piece({}, 'stop')}${USAGE}${DONE}`
  const bytes = [...Buffer.from(text)].map(byte => new Uint8Array([byte]))
  const answer = await collect(await upstream(new FakeUpstream().chat(...bytes)), ask())
  expect(answer.text).toBe('größer')
  expect(answer.end.usage).toMatchObject({ promptTokens: 7, completionTokens: 2 })
})

it('a piece too large for a frame comes in several, and no character is broken', async () => {
  const content = '👩‍👧'.repeat(20_000)
  const { deltas, text } = await collect(
    await upstream(new FakeUpstream().chat(piece({ content }, 'stop'), DONE)),
    ask()
  )
  expect(text).toBe(content)
  expect(Math.max(...deltas.map(delta => Buffer.byteLength(delta.text)))).toBeLessThan(60_000)
  expect(deltas.every(delta => delta.text.isWellFormed())).toBe(true)
})

it('reasoning is of the channel of thoughts, under either name', async () => {
  const engine = await upstream(
    new FakeUpstream().chat(
      piece({ reasoning_content: 'hm' }),
      piece({ reasoning: ', so' }),
      piece({ content: '4' }, 'stop')
    )
  )
  const { thoughts, text, end } = await collect(engine, ask())
  expect({ thoughts, text }).toEqual({ thoughts: 'hm, so', text: '4' })
  expect(end.usage.thoughtTokens).toBe(2)
})

it('calls that come in pieces keep their ids; a server without ids is given some', async () => {
  const engine = await upstream(
    new FakeUpstream().chat(
      piece({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{"x"' } }] }),
      piece({ tool_calls: [{ index: 1, function: { name: 'g', arguments: '{}' } }] }),
      piece({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
      piece({}, 'stop')
    )
  )
  const { toolCalls, end } = await collect(engine, ask({ tools: [{ name: 'f', description: '', parameters: {} }] }))
  expect(toolCalls).toMatchObject([
    { id: 'a', name: 'f', arguments: '{"x":1}' },
    { id: expect.stringMatching(/^call_/), name: 'g', arguments: '{}' }
  ])
  expect(end.finishReason).toBe('tool_calls')
})

it('log probabilities that were asked for and do not come are said, not left out', async () => {
  const engine = await upstream(new FakeUpstream().chat(HELLO, piece({}, 'stop')))
  await expect(collect(engine, ask({ logprobs: 1 }))).rejects.toMatchObject({
    code: 'unsupported_feature',
    details: { field: 'logprobs' }
  })
})

it('giving up closes the connection to the server', async () => {
  const fake = new FakeUpstream().on('/v1/chat/completions', response => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(HELLO)
  })
  const engine = await upstream(fake)
  const abort = new AbortController()
  const run = async (): Promise<void> => {
    for await (const { type } of engine.generate(ask(), { signal: abort.signal })) if (type === 'delta') abort.abort()
  }
  await expect(run()).rejects.toMatchObject({ code: 'aborted' })
  await fake.hungUp.promise
  expect(engine.status()[0]?.slots.busy).toBe(0)
})

it('leaving the loop closes the connection to the server', async () => {
  const fake = new FakeUpstream().on('/v1/chat/completions', response => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(HELLO)
  })
  const engine = await upstream(fake)
  for await (const { type } of engine.generate(ask())) if (type === 'delta') break
  await fake.hungUp.promise
})

it('a server that stalls is given up, and its health counts as life only until then', async () => {
  const fake = new FakeUpstream().on('/v1/chat/completions', response => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(HELLO)
  })
  const engine = await upstream(fake, { silenceMs: 80 })
  const events: EngineEvent[] = []
  const run = async (): Promise<void> => {
    for await (const event of engine.generate(ask())) events.push(event)
  }
  await expect(run()).rejects.toSatisfy(
    (error: unknown) => error instanceof P2paiError && error.code === 'engine_crashed'
  )
  expect(events.some(event => event.type === 'progress' && event.phase === 'decoding')).toBe(true)
  await fake.hungUp.promise
})

it('while a long prompt is read the health path stands for life; a server that is not well falls silent', async () => {
  for (const [status, shows] of [
    [200, true],
    [503, false]
  ] as const) {
    const fake = new FakeUpstream()
      .on('/health', response => response.writeHead(status).end())
      .on('/v1/chat/completions', () => undefined)
    const engine = await upstream(fake, { firstPieceMs: 200 })
    const phases: string[] = []
    const run = async (): Promise<void> => {
      for await (const event of engine.generate(ask())) if (event.type === 'progress') phases.push(event.phase)
    }
    await expect(run()).rejects.toMatchObject({ code: 'engine_crashed' })
    expect(phases.includes('prefill')).toBe(shows)
  }
})
