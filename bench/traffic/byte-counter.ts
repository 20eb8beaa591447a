import type { Metrics, MultiaddrConnection, Stream } from '@libp2p/interface'

/** Bytes each way. */
export interface Bytes {
  received: number
  sent: number
}

/** All bytes of the sockets, encrypted and framed, beside those of the streams of each protocol. */
export const SOCKETS = 'sockets'

/** Counts a node's bytes by protocol through the hook that libp2p has for metrics. */
export class ByteCounter {
  readonly #bytes = new Map<string, Bytes>()

  /** As the option `metrics` of libp2p takes it. */
  readonly metrics = (): Metrics => {
    const nothing = { update() {}, increment() {}, decrement() {}, reset() {}, observe() {}, timer: () => () => {} }
    const register = () => nothing
    const hook = {
      trackMultiaddrConnection: (connection: MultiaddrConnection) => this.#track(connection, SOCKETS),
      trackProtocolStream: (stream: Stream) => this.#track(stream, stream.protocol),
      registerMetric: register,
      registerMetricGroup: register,
      registerCounter: register,
      registerCounterGroup: register,
      registerHistogram: register,
      registerHistogramGroup: register,
      registerSummary: register,
      registerSummaryGroup: register,
      traceFunction: <Traced>(_name: string, traced: Traced) => traced,
      createTrace: () => undefined
    }
    return hook as unknown as Metrics
  }

  /** What was counted since the last call. */
  take(): Map<string, Bytes> {
    const taken = new Map([...this.#bytes].map(([name, bytes]) => [name, { ...bytes }]))
    this.#bytes.clear()
    return taken
  }

  /** A listener of messages would take them from who reads later, so what is dispatched is watched instead. */
  #track(stream: MultiaddrConnection | Stream, name: string): void {
    const count = (way: keyof Bytes, bytes: number) => {
      const known = this.#bytes.get(name) ?? { received: 0, sent: 0 }
      known[way] += bytes
      this.#bytes.set(name, known)
    }
    const dispatch = stream.dispatchEvent.bind(stream)
    stream.dispatchEvent = (event: Event & { data?: { byteLength: number } }) => {
      if (event.type === 'message') count('received', event.data?.byteLength ?? 0)
      return dispatch(event)
    }
    const send = stream.send.bind(stream)
    stream.send = data => {
      count('sent', data.byteLength)
      return send(data)
    }
  }
}
