import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { type UpstreamEngine, type UpstreamEngineInit, upstreamEngine } from '../../../src/inference/index.ts'
import { type GenerateRequest, textMessage } from '../../../src/interface/index.ts'

type Answer = (response: ServerResponse, body: Record<string, unknown>, request: IncomingMessage) => void

/** A server of OpenAI's API that does what a test wants of it, by path. */
export class FakeUpstream {
  /** What came, oldest first. */
  readonly seen: { path: string; body: Record<string, unknown>; headers: IncomingMessage['headers'] }[] = []
  readonly answers = new Map<string, Answer>()
  /** Resolves when the connection of a chat request is closed by the other side. */
  readonly hungUp = Promise.withResolvers<void>()
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  #port = 0

  constructor(owner = 'vllm', models = ['fake-model']) {
    const data = models.map(id => ({ id, object: 'model', owned_by: owner, max_model_len: 1000 }))
    this.on('/v1/models', response => json(response, { object: 'list', data }))
    this.on('/health', response => response.end())
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  on(path: string, answer: Answer): this {
    this.answers.set(path, answer)
    return this
  }

  /** Answers chat requests with these pieces of a stream, each in a write of its own, and ends the body. */
  chat(...pieces: (string | Uint8Array)[]): this {
    return this.on('/v1/chat/completions', response => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const piece of pieces) response.write(piece)
      response.end()
    })
  }

  async listen(): Promise<this> {
    await new Promise<void>(resolve => this.#server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
    return this
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const piece of request) text += String(piece)
    const path = request.url ?? ''
    const body = text === '' ? {} : JSON.parse(text)
    this.seen.push({ path, body, headers: request.headers })
    if (path === '/v1/chat/completions')
      response.once('close', () => response.writableFinished || this.hungUp.resolve())
    const answer = this.answers.get(path)
    if (answer === undefined) response.writeHead(404).end()
    else answer(response, body, request)
  }
}

/** The fake and an engine over it that has looked at it; both end with the test. */
export async function upstream(fake: FakeUpstream, init: Partial<UpstreamEngineInit> = {}): Promise<UpstreamEngine> {
  await fake.listen()
  const engine = upstreamEngine({ url: fake.url, progressMs: 10, ...init })
  onTestFinished(async () => {
    await engine.close()
    await fake.close()
  })
  await engine.refresh()
  return engine
}

export function ask(changes: Partial<GenerateRequest> = {}): GenerateRequest {
  return { model: 'fake-model', messages: [textMessage('user', 'Hello')], ...changes }
}

export function json(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {}
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

/** An event of a stream. */
export function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}

/** A piece of the answer. */
export function piece(delta: object, finish_reason: string | null = null, more: object = {}): string {
  return event({ choices: [{ index: 0, delta, finish_reason, ...more }] })
}

export const USAGE = event({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 2 } })
export const DONE = 'data: [DONE]\n\n'
