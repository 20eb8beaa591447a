import type { Gateway } from '../gateway.ts'
import { gaugeLines } from '../metrics/series.ts'

/** The node as it is now. Models are this machine's own, so that the label is bounded. */
export function nodeLines({ node, inFlight }: Gateway): string[] {
  const { connections, providers, rssBytes, engines } = node.status()
  const perModel = (value: (engine: (typeof engines)[number]) => number) =>
    engines.map(engine => ({ labels: { model: engine.model }, value: value(engine) }))
  return [
    ...gaugeLines('p2pai_requests_in_flight', 'Answers under way for clients of this gateway.', [
      { value: inFlight.count }
    ]),
    ...gaugeLines('p2pai_connections', 'libp2p connections.', [{ value: connections }]),
    ...gaugeLines('p2pai_providers', 'Other peers that serve models.', [{ value: providers }]),
    ...gaugeLines('p2pai_resident_bytes', 'Memory of the node.', [{ value: rssBytes }]),
    ...gaugeLines(
      'p2pai_engine_slots',
      'Requests that an engine can answer at once.',
      perModel(({ slots }) => slots.total)
    ),
    ...gaugeLines(
      'p2pai_engine_slots_busy',
      'Slots in use.',
      perModel(({ slots }) => slots.busy)
    ),
    ...gaugeLines(
      'p2pai_engine_queue',
      'Requests that wait for a slot.',
      perModel(({ queued }) => queued)
    ),
    ...gaugeLines(
      'p2pai_engine_queue_seconds',
      'Estimated work in the queue.',
      perModel(({ queuedMs }) => queuedMs / 1000)
    ),
    ...gaugeLines(
      'p2pai_engine_restarts',
      "Restarts of an engine's process.",
      perModel(({ restarts }) => restarts)
    )
  ]
}
