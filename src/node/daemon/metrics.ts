import type { Libp2pOptions } from 'libp2p'
import type { Registry } from 'prom-client'
import type { P2paiNode } from '../create-node.ts'

/** Lets libp2p count into a registry. `folder` is the one whose file system is watched: it must stay. */
export async function countLibp2p(registry: Registry, folder: string): Promise<Pick<Libp2pOptions, 'metrics'>> {
  const { prometheusMetrics } = await import('@libp2p/prometheus-metrics')
  const { register } = await import('prom-client')
  const count = prometheusMetrics({ registry, collectDefaultMetrics: false, statfsLocation: folder })
  return {
    metrics(components) {
      // It empties the registry that all of the process share; what the program around put there is put back.
      const others = register.getMetricsAsArray().map(({ name }) => register.getSingleMetric(name))
      const metrics = count(components)
      for (const other of others) if (other !== undefined) register.registerMetric(other)
      return metrics
    }
  }
}

/** Counts who asked and who was asked by what came of it: `ok` or a code of the error table. */
export async function countTraffic(node: P2paiNode, registry: Registry): Promise<void> {
  const { Counter } = await import('prom-client')
  const counter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ['outcome'], registers: [registry] })
  const served = counter('p2pai_peer_requests_total', 'Requests of peers to this node, by what came of them.')
  const attempts = counter('p2pai_attempts_total', 'Requests of this node to providers, by what came of them.')
  node.addEventListener('request:end', ({ detail: { outcome } }) => served.inc({ outcome }))
  node.addEventListener('attempt:end', ({ detail: { outcome } }) => attempts.inc({ outcome }))
}
