import { reachableModels } from '../models.ts'
import { replyJson } from '../reply.ts'
import type { Route } from '../route.ts'
import { nodeLines } from './node-metrics.ts'

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
    summary: "Counts, in Prometheus's text format",
    answers: ['text/plain'],
    handle(call, gateway) {
      const lines = [...gateway.metrics.lines(), ...nodeLines(gateway)]
      return call.body(`${lines.join('\n')}\n`, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
    }
  }
]
