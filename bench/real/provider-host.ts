import { parentPort, workerData } from 'node:worker_threads'
import { createNode } from 'p2pai'
import type { Asker } from '../sim/asker.ts'
import { Fates } from '../sim/fates.ts'
import { shippedForesight } from '../sim/foresight.ts'
import type { Job } from '../sim/job.ts'
import { Work } from '../sim/work.ts'
import { type PeerIds, THREADS, type ThreadInit } from './provider-thread.ts'
import { RealTime } from './real-time.ts'
import { StateWatch } from './state-watch.ts'
import { type JobHooks, syntheticEngine } from './synthetic-engine.ts'
import { ALONE, worldOf } from './world.ts'

/** The thread's own part of the world: its engines and their nodes, until it is terminated. */
const { config, part, bootstrap } = workerData as ThreadInit
const time = new RealTime()
const { providers, draws } = worldOf(config, 0, time)
const jobs = new Map<Job, JobHooks>()
const watches = providers.map(provider => new StateWatch(provider))
const look = ({ provider }: Job) => watches[provider.index]!.look()
const work = new Work({
  events: time,
  measured: { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER },
  listener: {
    onFirstToken: job => jobs.get(job)?.firstToken(),
    onEnd: job => {
      jobs.get(job)?.ended()
      look(job)
    },
    onLost: look,
    onStart: look
  }
})
const fates = new Fates({ config, events: time, work, foresight: shippedForesight, random: draws(5) })
for (const provider of providers) fates.begin(provider)
const askerOf = new Map<string, Asker>()
const running: PeerIds = []
for (const [index, provider] of providers.entries()) {
  if (index % THREADS !== part) continue
  const oneWayMs = (peerId: string) => (askerOf.get(peerId)?.rttMs(provider) ?? 0) / 2
  const engine = syntheticEngine({ provider, work, time, jobs, oneWayMs, watch: watches[index]! })
  const node = await createNode({ ...ALONE, bootstrap: [...bootstrap], engines: [engine] })
  running.push([index, node.peerId])
}
parentPort!.on('message', (peerIds: string[]) => {
  const { askers } = worldOf(config, peerIds.length, time)
  for (const [index, peerId] of peerIds.entries()) askerOf.set(peerId, askers[index]!)
})
parentPort!.postMessage(running)
