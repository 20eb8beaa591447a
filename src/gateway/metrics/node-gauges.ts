import { Gauge, type Registry } from 'prom-client'
import type { EngineStatus, NodeControl, NodeStatus } from '../../interface/index.ts'

const NODE: Record<string, { help: string; value(status: NodeStatus): number }> = {
  p2pai_connections: { help: 'libp2p connections.', value: ({ connections }) => connections },
  p2pai_providers: { help: 'Other peers that serve models.', value: ({ providers }) => providers },
  p2pai_resident_bytes: { help: 'Memory of the node.', value: ({ rssBytes }) => rssBytes }
}

const ENGINES: Record<string, { help: string; value(status: EngineStatus): number }> = {
  p2pai_engine_slots: { help: 'Requests that an engine can answer at once.', value: ({ slots }) => slots.total },
  p2pai_engine_slots_busy: { help: 'Slots in use.', value: ({ slots }) => slots.busy },
  p2pai_engine_queue: { help: 'Requests that wait for a slot.', value: ({ queued }) => queued },
  p2pai_engine_queue_seconds: { help: 'Estimated work in the queue.', value: ({ queuedMs }) => queuedMs / 1000 },
  p2pai_engine_restarts: { help: "Restarts of an engine's process.", value: ({ restarts }) => restarts }
}

/** Adds the node as it is at each reading. Models are this machine's own, so that the label is bounded. */
export function watchNode(registry: Registry, node: NodeControl): void {
  for (const [name, { help, value }] of Object.entries(NODE)) {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect: () => gauge.set(value(node.status()))
    })
  }
  for (const [name, { help, value }] of Object.entries(ENGINES)) {
    const collect = () => {
      gauge.reset()
      for (const engine of node.status().engines) gauge.set({ model: engine.model }, value(engine))
    }
    const gauge: Gauge<'model'> = new Gauge({ name, help, labelNames: ['model'], registers: [registry], collect })
  }
}
