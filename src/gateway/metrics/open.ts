import type { GatewayMetrics } from './gateway-metrics.ts'

/** Begins to count. The library behind it is loaded only here, for most programs count nothing. */
export async function openMetrics(): Promise<GatewayMetrics> {
  const { GatewayMetrics: Metrics } = await import('./gateway-metrics.ts')
  return new Metrics()
}
