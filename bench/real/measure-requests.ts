import { loadavg } from 'node:os'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { DeadlineExceededError, type InferenceEngine, type P2paiError, textMessage } from 'p2pai'
import type { Asker } from '../sim/asker.ts'
import { DEADLINE_MS, type SimConfig } from '../sim/config.ts'
import { Measures, type Summary } from '../sim/measures.ts'
import type { Provider } from '../sim/provider.ts'
import { type Conversation, Workload } from '../sim/workload.ts'
import type { ProviderThread } from './provider-thread.ts'
import type { RealTime } from './real-time.ts'
import type { Told } from './synthetic-engine.ts'

/** Bytes of a token, as askers estimate them. */
const BYTES_PER_TOKEN = 4
/** What an answer is expected to have; see `workload.ts`. */
const EXPECTED_TOKENS = 230

/** Nodes that run, and whose devices they are. */
export interface Running {
  config: SimConfig
  time: RealTime
  providers: readonly Provider[]
  byPeer: ReadonlyMap<string, Provider>
  askers: readonly Asker[]
  nodes: readonly { engine: Pick<InferenceEngine, 'generate'> }[]
  threads: readonly ProviderThread[]
  random: () => number
}

/** Sends the workload through the nodes. What fails or is open at the end counts as in the simulator: see `asking.ts`. */
export async function measureRequests(running: Running): Promise<Summary> {
  const { config, time, providers, byPeer, askers, nodes, random } = running
  const fromMs = time.nowMs + config.warmupMs
  const toMs = fromMs + config.measuredMs
  const endMs = toMs + config.cooldownMs
  const measures = new Measures()
  /** Measured requests that have no end yet, and how they fail. */
  const open = new Map<number, () => void>()
  /** How often measured requests failed with which code. */
  const failures = new Map<string, number>()
  let requests = 0
  let onAllEnded: () => void = () => undefined
  const ask = async (conversation: Conversation): Promise<void> => {
    const startMs = time.nowMs
    const id = ++requests
    const tooLate = new AbortController()
    let firstMs: number | undefined
    const fail = () => {
      open.delete(id)
      measures.failed(firstMs ?? DEADLINE_MS, Math.max(DEADLINE_MS, time.nowMs - startMs))
    }
    if (startMs >= fromMs && startMs < toMs) open.set(id, fail)
    const deadline = setTimeout(() => tooLate.abort(new DeadlineExceededError('no first token')), DEADLINE_MS)
    let answeredBy: Provider | undefined
    try {
      const answer = nodes[conversation.asker.index]!.engine.generate(requestOf(conversation, id), {
        signal: tooLate.signal
      })
      for await (const event of answer) {
        if (event.type === 'accepted') answeredBy = byPeer.get(event.provider!.peerId)
        if (event.type !== 'delta' || firstMs !== undefined) continue
        firstMs = time.nowMs - startMs
        clearTimeout(deadline)
      }
      if (open.delete(id)) measures.answered(firstMs!, time.nowMs - startMs, 0)
      workload.goOn(conversation, answeredBy!)
    } catch (error) {
      // The nodes are of the built program, which has classes of its own.
      const { code = 'unknown' } = error as Partial<P2paiError>
      if (open.has(id)) {
        failures.set(code, (failures.get(code) ?? 0) + 1)
        fail()
      }
    } finally {
      clearTimeout(deadline)
      if (time.nowMs >= toMs && open.size === 0) onAllEnded()
    }
  }
  const ownTime = { ...config, warmupMs: fromMs }
  const onRequest = (conversation: Conversation) => void ask(conversation)
  const workload = new Workload({ config: ownTime, events: time, providers, askers, random, onRequest })
  workload.begin()
  const machine = watchMachine(running, { fromMs, toMs })
  await new Promise<void>(resolve => {
    onAllEnded = resolve
    time.at(endMs, resolve)
  })
  const unfinished = open.size
  for (const fail of [...open.values()]) fail()
  const { policy } = config
  console.log(JSON.stringify({ policy, unfinished, failures: Object.fromEntries(failures), machine: machine() }))
  return measures.summary(providers)
}

/** How busy the loops are in the measured span, and how late the askers': near 1, the machine is measured and no policy. */
function watchMachine({ time, threads }: Running, { fromMs, toMs }: { fromMs: number; toMs: number }) {
  const delay = monitorEventLoopDelay({ resolution: 10 })
  const lateMs = (percent: number) => Math.round(delay.percentile(percent) / 1e6 - 10)
  let busyShares: number[] = []
  time.at(fromMs, () => {
    const before = performance.eventLoopUtilization()
    const theirs = threads.map(thread => thread.utilization())
    delay.enable()
    time.at(toMs, () => {
      const loops = [performance.eventLoopUtilization(before), ...threads.map((one, at) => one.utilization(theirs[at]))]
      busyShares = loops.map(({ utilization }) => Number(utilization.toFixed(2)))
      delay.disable()
    })
  })
  return () => ({
    loopsBusyShare: busyShares,
    loopLateMs: { p50: lateMs(50), p99: lateMs(99) },
    load: Number(loadavg()[0]!.toFixed(1))
  })
}

function requestOf(conversation: Conversation, id: number) {
  const { maxTokens, model, promptTokens, turn, turns } = conversation
  const { answerTokens } = turns[turn]!
  const told: Told = {
    id,
    conversationId: conversation.id,
    model,
    promptTokens,
    answerTokens,
    expectedTokens: EXPECTED_TOKENS
  }
  const text = `${JSON.stringify(told)}\n`.padEnd(BYTES_PER_TOKEN * promptTokens, 'word ')
  return {
    model: String(model).padStart(64, '0'),
    messages: [textMessage('user', text)],
    sessionId: String(conversation.id),
    ...(maxTokens && { maxTokens })
  }
}
