import { drawPeers, QUOTE_DEADLINE_MS } from '../../../src/routing/index.ts'
import type { Asker } from '../asker.ts'
import { MODEL_SIZE, MODEL_SPEED } from '../devices.ts'
import { MEAN_TOKENS } from '../foresight.ts'
import type { Provider } from '../provider.ts'
import { providerOf, type World } from '../world.ts'
import type { DirectInput, SimArm } from './arm.ts'

const HOT_QUANTILE = 0.84
const KEPT_MS = 30_000
const POOL = 16
const USES = 3
const REMEMBERED_LOADS = 64
const TYPICAL_PROMPT_TOKENS = 400

interface Probe {
  provider: Provider
  model: number
  atMs: number
  /** Requests in flight for each slot. */
  load: number
  latencyMs: number
  uses: number
}

interface Memory {
  pool: Probe[]
  loads: number[]
}

/** Prequal: the least latency among the peers that are not hot. Asks when the request is there, or keeps a pool. */
export function prequal(mode: 'sync' | 'pool'): SimArm {
  const memories = new Map<Asker, Memory>()
  return {
    name: mode === 'sync' ? 'prequal-sync' : 'prequal',
    sees: mode === 'sync' ? 4 : 3,
    direct(input) {
      const memory = memories.get(input.asker) ?? { pool: [], loads: [] }
      memories.set(input.asker, memory)
      const { probes, asked, delayMs } = probe(input, mode === 'sync' ? 4 : 3, mode === 'sync')
      memory.loads = [...memory.loads, ...probes.map(({ load }) => load)].slice(-REMEMBERED_LOADS)
      const pool = mode === 'sync' ? probes : poolOf(memory, input)
      const isThin = pool.length < 2
      const candidates = mode === 'pool' && isThin ? [...pool, ...probes] : pool
      const chosen = pick(candidates, memory.loads)
      if (mode === 'pool') refill(memory, probes)
      if (chosen === undefined) return { ...anybody(input), probes: asked, delayMs }
      chosen.uses++
      chosen.load += 1 / chosen.provider.device.slots
      return { provider: chosen.provider, probes: asked, delayMs: mode === 'sync' || isThin ? delayMs : 0 }
    }
  }
}

function probe({ world, asker, request, isLeftOut }: DirectInput, count: number, isSync: boolean) {
  const leaveOut = { size: 0, has: isLeftOut }
  const peerIds = drawPeers(world.known[request.model]!.peerIds, count, leaveOut, world.random)
  let delayMs = 0
  const probes: Probe[] = []
  for (const peerId of peerIds) {
    const provider = providerOf(world, peerId)
    const roundTripMs = asker.roundTripMs(provider, request.model)
    asker.connect(provider)
    if (!(provider.isAlive || provider.answersQuotes) || (isSync && roundTripMs > QUOTE_DEADLINE_MS)) {
      delayMs = QUOTE_DEADLINE_MS
      continue
    }
    delayMs = Math.max(delayMs, roundTripMs)
    probes.push(report(world, provider, request.model, roundTripMs))
  }
  return { probes, asked: peerIds.length, delayMs: Math.min(delayMs, QUOTE_DEADLINE_MS) }
}

/** What a server tells: of a typical request, without the prompt and its prefix. */
function report(world: World, provider: Provider, model: number, roundTripMs: number): Probe {
  const { active, device, isAlive, lie, queue, warm } = provider
  const { nowMs } = world.events
  const speed = provider.speed(nowMs, 0) * lie * MODEL_SPEED[model]!
  const workMs =
    (1_000 * MEAN_TOKENS) / (device.decode * speed) + (1_000 * TYPICAL_PROMPT_TOKENS) / (device.prefill * speed)
  const loadMs = warm.has(model) ? 0 : device.loadMs * MODEL_SIZE[model]!
  const latencyMs = workMs + (isAlive ? world.foresight(provider, nowMs, model) + loadMs : 0)
  const load = isAlive ? (active.length + queue.length) / device.slots : 0
  return { provider, model, atMs: nowMs + roundTripMs, load, latencyMs, uses: 0 }
}

function poolOf(memory: Memory, { world, request, isLeftOut }: DirectInput): Probe[] {
  memory.pool = memory.pool.filter(({ atMs }) => world.events.nowMs - atMs < KEPT_MS)
  return memory.pool.filter(({ model, provider }) => model === request.model && !isLeftOut(provider.peerId))
}

function pick(pool: readonly Probe[], loads: readonly number[]): Probe | undefined {
  const sorted = loads.toSorted((a, b) => a - b)
  const hotFrom = sorted[Math.floor(HOT_QUANTILE * (sorted.length - 1))] ?? 0
  const cold = pool.filter(({ load }) => load <= hotFrom)
  if (cold.length > 0) return cold.reduce((a, b) => (a.latencyMs <= b.latencyMs ? a : b))
  return pool.length === 0 ? undefined : pool.reduce((a, b) => (a.load <= b.load ? a : b))
}

function refill(memory: Memory, probes: readonly Probe[]): void {
  const isReplaced = (old: Probe) =>
    probes.some(({ provider, model }) => old.provider === provider && old.model === model)
  const kept = memory.pool.filter(old => old.uses < USES && !isReplaced(old))
  memory.pool = [...kept, ...probes.filter(({ uses }) => uses < USES)].slice(-POOL)
}

function anybody({ world, request, isLeftOut }: DirectInput): { provider: Provider } {
  const peerIds = world.known[request.model]!.peerIds
  const [peerId] = drawPeers(peerIds, 1, { size: 0, has: isLeftOut }, world.random)
  return { provider: providerOf(world, peerId ?? peerIds[0]!) }
}
