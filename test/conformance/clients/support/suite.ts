import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SCRIPTED_TEXT } from '../../../../src/testing/index.ts'
import { LONG_ANSWER, LONG_QUESTION, MODEL, startWorld, type World, worldForTest } from './world.ts'

/** Counts of tokens, under one name for all clients. */
export interface ClientUsage {
  prompt: number
  completion: number
}

/** One question to a client. */
export interface Question {
  text: string
  model?: string
  temperature?: number
}

/** A real client library, made to do what the tests ask. */
export interface Client {
  plain(question: Question): Promise<{ text: string; usage: ClientUsage }>
  /** Calls `onText` for each piece. Throws what the library throws, and ends as the library ends when aborted. */
  stream(question: Question, onText: (text: string) => void, signal?: AbortSignal): Promise<ClientUsage | undefined>
  /** An answer that follows a schema of `city` (text) and `count` (integer), parsed. */
  json(question: Question): Promise<unknown>
  /**
   * Offers the tool `get_weather`, streamed; answers each call with its result, and asks again. `pieces`: in how many
   * the arguments came, where the library tells. Absent where the library has no tools.
   */
  tools?(question: Question): Promise<{ calls: { name: string; input: unknown }[]; pieces?: number; text: string }>
  /** A vector for each text. Absent where the library has none. */
  embed?(texts: string[]): Promise<number[][]>
  /** Names of the models, for clients that list them. */
  models?(): Promise<string[]>
  /** The HTTP status that an error of the library tells of. */
  statusOf(error: unknown): number | undefined
}

const HI = { text: 'What is up?' }

/** What every client library must get from a gateway whose node has no model. */
export function clientTests(name: string, open: (url: string) => Client): void {
  describe(name, () => {
    let world: World
    let client: Client
    beforeAll(async () => {
      world = await startWorld()
      client = open(world.url)
    })
    afterAll(async () => await world.stop())

    const failureOf = async (question: Question, asked = client): Promise<unknown> => {
      const error = await asked.plain(question).then(
        () => undefined,
        (thrown: unknown) => thrown
      )
      expect(error).toBeDefined()
      return error
    }

    it('gets a plain answer', async () => {
      expect((await client.plain(HI)).text).toBe(SCRIPTED_TEXT)
    })

    it('streams an answer in pieces', async () => {
      const pieces: string[] = []
      await client.stream(HI, text => pieces.push(text))
      expect(pieces.join('')).toBe(SCRIPTED_TEXT)
      expect(pieces.length).toBeGreaterThan(2)
    })

    it('learns the usage, plain and streamed', async () => {
      const { usage } = await client.plain(HI)
      expect(usage).toEqual({ prompt: 4, completion: world.engine.calls.at(-1)?.tokens })
      expect(await client.stream(HI, () => undefined)).toEqual(usage)
    })

    it('gets JSON that follows a schema', async () => {
      expect(await client.json({ text: 'Where, and how many?' })).toEqual({ city: 'Paris', count: 42 })
      expect(world.engine.calls.at(-1)?.request.responseFormat?.type).toBe('json_schema')
    })

    it('makes the calls of tools that the model asks for, several at once, and gets the answer to their results', async ({
      skip
    }) => {
      if (client.tools === undefined) return skip('the library has no tools')
      const calls = ['Paris', 'Rome'].map(city => ({ name: 'get_weather', input: { city } }))
      const { text, pieces = 3, ...rest } = await client.tools({ text: 'How is the weather?' })
      expect(rest.calls).toEqual(calls)
      // More than one for each call: the arguments were streamed.
      expect(pieces).toBeGreaterThan(2)
      expect(text).toBe('The tool says: 18 degrees')
      const told = world.engine.calls.at(-1)!.request.messages.slice(1)
      expect(told.map(message => message.role)).toEqual(['assistant', 'tool', 'tool'])
      expect(told.slice(1).map(message => message.toolCallId)).toEqual(told[0]!.toolCalls?.map(call => call.id))
    })

    it('gets a vector for each text', async ({ skip }) => {
      if (client.embed === undefined) return skip('the library has no embeddings')
      const inputs = ['one', 'two words']
      const { vectors } = await world.engine.embed!({ model: MODEL, inputs })
      expect(await client.embed(inputs)).toEqual(vectors.map(vector => [...vector]))
    })

    it('takes every model that the gateway lists', async () => {
      const listed = (await (await fetch(`${world.url}/v1/models`)).json()) as { data: { id: string }[] }
      const names = (await client.models?.()) ?? listed.data.map(model => model.id)
      expect(names).toEqual([MODEL])
      expect((await client.plain({ ...HI, model: names[0]! })).text).toBe(SCRIPTED_TEXT)
    })

    it('frees the slot of the provider when it gives up', async () => {
      const stop = new AbortController()
      const busy = () => world.engine.status()[0]?.slots.busy
      const over = client.stream({ text: LONG_QUESTION }, () => stop.abort(), stop.signal).catch(() => undefined)
      await expect.poll(() => stop.signal.aborted).toBe(true)
      await expect.poll(busy, { interval: 10 }).toBe(0)
      await over
      expect(world.engine.calls.at(-1)?.outcome).not.toBe('ended')
    })

    it('error 1: hears that a model is not known, and of a near one', async () => {
      const error = await failureOf({ ...HI, model: 'scriptd' })
      expect(client.statusOf(error)).toBe(404)
      expect(String(error)).toContain(MODEL)
    })

    it('error 2: hears which parameter is wrong', async () => {
      const error = await failureOf({ ...HI, temperature: 5 })
      expect(client.statusOf(error)).toBe(400)
      expect(String(error)).toContain('temperature')
    })

    it('error 3: hears that a prompt is too long', async () => {
      const error = await failureOf({ text: 'word '.repeat(900) })
      expect(client.statusOf(error)).toBe(400)
      expect(String(error)).toMatch(/context/)
    })

    it('error 4: hears that all are busy', async () => {
      const full = await worldForTest({ slots: 1, maxQueued: 0 })
      const asked = open(full.url)
      const stop = new AbortController()
      const first = Promise.withResolvers<void>()
      const over = asked.stream({ text: LONG_QUESTION }, () => first.resolve(), stop.signal).catch(() => undefined)
      await first.promise
      expect(asked.statusOf(await failureOf(HI, asked))).toBe(503)
      stop.abort()
      await over
    })

    it('gets the whole answer in the same stream when its provider is lost and another one has the model', async () => {
      const both = await worldForTest()
      const spare = await both.addProvider()
      const pieces: string[] = []
      let gone: Promise<void> | undefined
      await open(both.url).stream({ text: LONG_QUESTION }, text => {
        pieces.push(text)
        if (pieces.length !== 3) return
        const serving = both.engine.calls.some(({ outcome }) => outcome === 'running') ? both : spare
        gone = serving.provider.stop(0)
      })
      await gone
      expect(pieces.join('').trim()).toBe(LONG_ANSWER.trim())
      // Both have worked on it, and the second one was told what stands already.
      const calls = [...both.engine.calls, ...spare.engine.calls]
      expect(calls).toHaveLength(2)
      const resumed = calls.flatMap(({ request }) => request.resume ?? [])
      expect(resumed).toHaveLength(1)
      expect(resumed[0]!.tokenIds.length).toBeGreaterThan(0)
    })

    it('raises an error when the provider is lost in the middle of a stream', async () => {
      const broken = await worldForTest()
      const pieces: string[] = []
      let gone: Promise<void> | undefined
      const over = open(broken.url).stream({ text: LONG_QUESTION }, text => {
        pieces.push(text)
        if (pieces.length === 3) gone = broken.provider.stop(0)
      })
      await expect(over).rejects.toThrow()
      await gone
      expect(pieces.length).toBeGreaterThanOrEqual(3)
      expect(pieces.length).toBeLessThan(600)
    })
  })
}
