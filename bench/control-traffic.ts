/**
 * Bytes that a node sends and receives beside the answers: one that idles and one that asks, among 20 to 400
 * providers on loopback.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createNode, type P2paiNode } from 'p2pai'
import { scriptedEngine } from 'p2pai/testing'
import { SCALE } from '../src/node/network-scale.ts'
import { cadenceMs } from '../src/protocols/capabilities/constants.ts'
import type { Figure } from './support.ts'
import { ByteCounter, type Bytes, SOCKETS } from './traffic/byte-counter.ts'
import { lightProvider } from './traffic/light-provider.ts'

/** Whole nodes with an engine; further providers only speak: see `lightProvider`. */
const WHOLE_NODES = 20
/** Whole nodes that each of the others is connected to. */
const NEIGHBOURS = 4
const ASK_EVERY_MS = 5_000
const ADVERT_BYTES = 330
const INFER = /\/p2p-ai\/(infer|embed)\//
/** Bounds of control traffic, each way: `routing.md` section 4. */
const SMALL_BYTES_PER_SECOND = 8_000
const LARGE_BYTES_PER_SECOND = 1_000

const quiet = { listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false }
const sizes = (process.env.P2PAI_PROVIDERS ?? '20,100,300,400').split(',').map(Number)

/** Measures all sizes, one after the other. */
export async function* controlTraffic(): AsyncGenerator<Figure> {
  for (const providers of sizes) yield* await measure(providers)
}

async function measure(providers: number): Promise<Figure[]> {
  const counters = { idle: new ByteCounter(), busy: new ByteCounter() }
  const nodes: P2paiNode[] = []
  const addresses: string[] = []
  const engine = () => scriptedEngine({ name: 'shared:1b', text: 'It is so.', slots: 2 })
  while (nodes.length < Math.min(WHOLE_NODES, providers)) {
    const counted = nodes.length === 1 ? { libp2p: { metrics: counters.idle.metrics } } : {}
    const node = await createNode({ ...quiet, ...counted, bootstrap: addresses.slice(0, 2), engines: [engine()] })
    nodes.push(node)
    addresses.push(node.status().addresses[0]!)
  }
  const busy = await createNode({
    ...quiet,
    bootstrap: addresses.slice(0, 2),
    libp2p: { metrics: counters.busy.metrics }
  })
  nodes.push(busy)
  const [model] = await modelOf(busy)
  const content = {
    bootNonce: 1,
    hardwareClass: 'desktop' as const,
    label: '',
    models: [{ ...model!, slots: { total: 0, free: 0 } }]
  }
  const lights: { stop(): Promise<void> }[] = []
  for (let index = nodes.length - 1; index < providers; index++) {
    const neighbours = Array.from({ length: NEIGHBOURS }, (_, step) => addresses[(index + 5 * step) % WHOLE_NODES]!)
    lights.push(await lightProvider(index, neighbours, content, () => providers))
  }
  const cadence = cadenceMs(providers, ADVERT_BYTES)
  await sleep(Math.max(30_000, cadence))
  const isLarge = providers > SCALE.largeAbove
  // A whole round of windows, where there are some.
  const durationMs = isLarge ? SCALE.windowEveryMs : Math.max(45_000, 2.1 * cadence)
  counters.idle.take()
  counters.busy.take()
  const startedAtMs = performance.now()
  let asked = 0
  while (performance.now() - startedAtMs < durationMs) {
    await busy.ask(`question ${asked++}?`, { model: 'shared' }).text()
    await sleep(ASK_EVERY_MS)
  }
  const seconds = (performance.now() - startedAtMs) / 1_000
  const known = { idle: nodes[1]!.status().providers, busy: busy.status().providers }
  const figures = (['idle', 'busy'] as const).map(kind => {
    const bound = isLarge ? LARGE_BYTES_PER_SECOND : SMALL_BYTES_PER_SECOND
    return figureOf(
      `${kind} node, ${providers} providers (knows ${known[kind]})`,
      counters[kind].take(),
      seconds,
      bound
    )
  })
  await Promise.all([...lights, ...nodes].map(async node => await node.stop()))
  return figures
}

/** Waits for the first advert, so that the others are made like it. */
async function modelOf(node: P2paiNode) {
  for (;;) {
    const advert = node.peers().find(peer => peer.advert !== undefined)?.advert
    if (advert !== undefined) return advert.models
    await sleep(100)
  }
}

/** Control traffic is what sockets carried without the answers: handshakes, framing and encryption are in it. */
function figureOf(name: string, bytes: Map<string, Bytes>, seconds: number, bound: number): Figure {
  const rate = (amount: number) => (amount / seconds).toFixed(0)
  const sockets = bytes.get(SOCKETS) ?? { received: 0, sent: 0 }
  const streams = [...bytes].filter(([protocol]) => protocol !== SOCKETS)
  const answers = total(streams.filter(([protocol]) => INFER.test(protocol)))
  const received = (sockets.received - answers.received) / seconds
  const sent = (sockets.sent - answers.sent) / seconds
  const lines = streams
    .toSorted(([, a], [, b]) => b.received + b.sent - a.received - a.sent)
    .map(([protocol, { received, sent }]) => `\n    ${protocol}: ${rate(received)} in, ${rate(sent)} out`)
  const sum = total(streams)
  const rest = `\n    handshakes, framing, encryption: ${rate(sockets.received - sum.received)} in, ${rate(sockets.sent - sum.sent)} out`
  return {
    name: `control traffic, ${name}`,
    value: `${received.toFixed(0)} B/s in, ${sent.toFixed(0)} out, over ${seconds.toFixed(0)} s${lines.join('')}${rest}\n   `,
    goal: `<= ${bound} B/s each way`,
    met: received <= bound && sent <= bound
  }
}

function total(entries: [string, Bytes][]): Bytes {
  const sum = (way: keyof Bytes) => entries.reduce((all, [, bytes]) => all + bytes[way], 0)
  return { received: sum('received'), sent: sum('sent') }
}
