import { reachableModels } from '../models.ts'
import { replyJson } from '../reply.ts'
import type { Route } from '../route.ts'

/** What belongs to no dialect. */
export const systemRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/',
    summary: 'Says that this is p2pai',
    answers: ['text/plain'],
    handle: call => call.text('p2pai is running')
  },
  {
    method: 'get',
    path: '/health',
    summary: 'Whether the node is up, and how many models are in reach',
    answers: ['application/json'],
    async handle(call, gateway) {
      const { version, peerId, connections, providers } = gateway.node.status()
      const models = (await reachableModels(gateway.node)).length
      return replyJson(call, gateway, { status: 'ok', version, peer_id: peerId, connections, providers, models })
    }
  },
  {
    method: 'get',
    path: '/metrics',
    summary: "Counts of the gateway, of the node and of libp2p, in Prometheus's text format",
    answers: ['text/plain'],
    async handle(call, gateway) {
      const { text, contentType } = await gateway.metrics.text()
      return call.body(text, 200, { 'content-type': contentType })
    }
  }
]
