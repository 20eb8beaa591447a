import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gatewayApp } from '../../../src/gateway/app.ts'
import { GatewayMetrics } from '../../../src/gateway/metrics/gateway-metrics.ts'
import { listenerOf } from '../../../src/gateway/server/http-server.ts'
import type { GenerateRequest, InferenceEngine, NodeControl, Tool } from '../../../src/interface/index.ts'
import { collect } from '../../../src/testing/index.ts'
import { fakeNode } from '../../unit/gateway/fixtures.ts'

/** A server that speaks OpenAI's API: our own gateway over an engine, with the paths and fields that vLLM adds. */
export async function vllmServer(engine: InferenceEngine): Promise<{ url: string; close(): Promise<void> }> {
  const app = gatewayApp({
    node: nodeOf(engine),
    version: '0',
    metrics: new GatewayMetrics(),
    own: { policy: 'loopback', cors: [], port: () => port(server) }
  })
  const listen = listenerOf(async (request, env) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/v1/models') return await listing(engine)
    if (pathname === '/tokenize') return await tokenize(engine, (await request.json()) as TokenizeBody)
    if (request.method !== 'POST') return await app.fetch(request, env)
    const { chat_template_kwargs: _, ...body } = (await request.json()) as Record<string, unknown>
    const { url, method, headers, signal } = request
    return await app.fetch(new Request(url, { method, headers, signal, body: JSON.stringify(body) }), env)
  })
  const server = createServer((request: IncomingMessage, response) => void listen(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${port(server)}`,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await engine.close()
    }
  }
}

function port(server: Server): number {
  return (server.address() as AddressInfo).port
}

async function listing(engine: InferenceEngine): Promise<Response> {
  const models = await engine.models()
  const data = models.map(({ name, contextSizeTokens }) => {
    return { id: name, object: 'model', owned_by: 'vllm', max_model_len: contextSizeTokens }
  })
  return Response.json({ object: 'list', data })
}

interface TokenizeBody {
  model: string
  messages: { role: 'user'; content: string }[]
  tools?: { function: Tool }[]
}

async function tokenize(engine: InferenceEngine, { model, messages, tools = [] }: TokenizeBody): Promise<Response> {
  const request: GenerateRequest = {
    model,
    maxTokens: 0,
    tools: tools.map(tool => tool.function),
    messages: messages.map(({ role, content }) => ({ role, parts: [{ type: 'text', text: content }] }))
  }
  const { end } = await collect(engine, request)
  return Response.json({ count: end.usage.promptTokens })
}

function nodeOf(engine: InferenceEngine): NodeControl {
  const status = { version: '0', peerId: 'upstream', label: '', addresses: [], connections: 0, providers: 0 }
  return {
    ...fakeNode(engine),
    peerId: 'upstream',
    engine,
    status: () => ({ ...status, uptimeMs: 0, rssBytes: 0, engines: engine.status() }),
    peers: () => [],
    models: async () => [],
    localModels: () => engine.models(),
    connect: async address => ({ peerId: address, label: '', connected: true, addresses: [], agent: '' })
  }
}
