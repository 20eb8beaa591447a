import { expect, test } from 'vitest'
import { InFlight } from '../../../src/gateway/guard/in-flight.ts'
import { MAX_MEDIA_BYTES, type MediaPart, mediaParts } from '../../../src/interface/index.ts'
import { scriptedEngine } from '../../../src/testing/index.ts'
import { gatewayOver } from './support/http.ts'

const data = new Uint8Array(3_000_000).fill(7)
data.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const base64 = Buffer.from(data).toString('base64')
const url = `data:image/png;base64,${base64}`
const image: MediaPart = { type: 'media', mediaType: 'image/png', data }
const model = 'auto'

/** One image in the form of each dialect, by path. */
const DIALECTS: [path: string, body: object][] = [
  [
    '/v1/chat/completions',
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi' },
            { type: 'image_url', image_url: { url } }
          ]
        }
      ]
    }
  ],
  [
    '/v1/responses',
    {
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'Hi' },
            { type: 'input_image', image_url: url }
          ]
        }
      ]
    }
  ],
  [
    '/v1/messages',
    {
      max_tokens: 9,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64 } }
          ]
        }
      ]
    }
  ],
  ['/api/chat', { stream: false, messages: [{ role: 'user', content: 'Hi', images: [base64] }] }],
  ['/api/generate', { stream: false, prompt: 'Hi', images: [base64] }]
]

test.each(DIALECTS)('%s passes an image on as it is', async (path, body) => {
  const engine = scriptedEngine({ features: { images: true } })
  const { send } = gatewayOver(engine)
  expect((await send(path, { body: { model, ...body } })).status).toBe(200)
  expect(mediaParts(engine.calls[0]!.request.messages)).toEqual([image])
})

test.each(DIALECTS)('%s says it when no model reads images', async (path, body) => {
  const { send } = gatewayOver(scriptedEngine())
  const response = await send(path, { body: { model, ...body } })
  expect(response.status).toBe(400)
  expect(JSON.stringify(await response.json())).toContain('images')
})

test.each(['http://127.0.0.1:9/a.png', 'https://example.org/a.png', 'file:///etc/passwd', 'data:image/png,abc'])(
  'nothing is fetched for a client: %s is a 400',
  async url => {
    const engine = scriptedEngine({ features: { images: true } })
    const { send } = gatewayOver(engine)
    const bodies: [string, object][] = [
      ['/v1/chat/completions', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] }],
      ['/v1/responses', { input: [{ role: 'user', content: [{ type: 'input_image', image_url: url }] }] }],
      [
        '/v1/messages',
        { max_tokens: 9, messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'url', url } }] }] }
      ]
    ]
    for (const [path, body] of bodies) expect((await send(path, { body: { model, ...body } })).status, path).toBe(400)
    expect(engine.calls).toEqual([])
  }
)

test('what is called an image and is none is a 400 that names the message', async () => {
  const { send } = gatewayOver(scriptedEngine({ features: { images: true } }))
  const content = [{ type: 'image_url', image_url: { url: `data:image/png;base64,${btoa('<html>')}` } }]
  const response = await send('/v1/chat/completions', { body: { model, messages: [{ role: 'user', content }] } })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { param: 'messages[0].parts' } })
})

test('bodies that are read and images of answers under way have a bound in memory', () => {
  const inFlight = new InFlight()
  const places = Array.from({ length: 8 }, () => inFlight.enter(MAX_MEDIA_BYTES))
  expect(() => inFlight.enter(MAX_MEDIA_BYTES)).toThrow('too many large requests')
  // A refusal takes no place, and one without images still finds room.
  expect(inFlight.count).toBe(8)
  inFlight.enter()()
  places[0]!()
  places[0]!()
  inFlight.enter(MAX_MEDIA_BYTES)()
  const release = inFlight.reading.take(128 << 20)
  expect(() => inFlight.reading.take(1)).toThrow('too many large requests')
  release()
  inFlight.reading.take(1)
})
