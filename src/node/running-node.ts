import { TypedEventEmitter } from 'main-event'
import { type EngineSet, engineSet } from '../inference/index.ts'
import {
  type Answer,
  type AskOptions,
  AUTO_MODEL,
  type DiscoveryReport,
  type InferenceEngine,
  InvalidRequestError,
  type ModelControl,
  type ModelInfo,
  type NetworkModel,
  type NodeStatus,
  type PeerDetail,
  type PeerSummary,
  type PingResult,
  ProviderUnreachableError,
  type Question,
  textMessage,
  timeLimit
} from '../interface/index.ts'
import { isAdvertText, MAX_LABEL_LENGTH } from '../protocols/capabilities/index.ts'
import { NetworkEngine, ProviderDirectory } from '../routing/index.ts'
import { sortForOthers } from './addresses.ts'
import { deviceFacts } from './advert-content.ts'
import { AdvertExchange } from './advert-exchange.ts'
import { AdvertPulls } from './advert-pulls.ts'
import { createAnswer } from './answer.ts'
import { remotes } from './asking-side.ts'
import { type Books, openBooks } from './books/index.ts'
import { ClockWatch } from './clock-watch.ts'
import { type Assembly, assembleLibp2p } from './create-libp2p.ts'
import type { P2paiNode } from './create-node.ts'
import { type Gatekeeper, gatekeeper } from './device/index.ts'
import { createDhtSide, type DhtSide } from './dht-side.ts'
import { Dialer, parsePeerAddress } from './dial.ts'
import { discoveryReport } from './discovery-report.ts'
import { type DrainedEngine, drained } from './drain.ts'
import { exchangeSource } from './exchange-source.ts'
import { networkModels } from './network-models.ts'
import type { NodeEvents } from './node-events.ts'
import { createPublisher } from './node-publisher.ts'
import type { NodeLog, NodeOptions } from './options.ts'
import { PeerJudgement } from './peer-judgement.ts'
import { rttOf } from './peer-summaries.ts'
import { pingPeer } from './ping.ts'
import { PROFILES, type Profile } from './profiles.ts'
import { type Admit, admission, peerIds } from './requesters.ts'
import { readSavedPeers, savePeers } from './saved-peers.ts'
import { servePeers } from './serving-side.ts'
import { Supervisor } from './supervisor.ts'
import { packageVersion } from './version.ts'

/** How often the peers for the next start are written. */
const SAVE_PEERS_EVERY_MS = 60_000
/** libp2p's own stop may wait for a peer that is gone. */
const STOP_TIMEOUT_MS = 5_000

/** The node itself: starts its parts in order, and stops them in reverse. */
export class RunningNode extends TypedEventEmitter<NodeEvents> implements P2paiNode {
  readonly peerId: string
  readonly engine: InferenceEngine
  readonly modelControl?: ModelControl
  /** Questions of this node's own program, and requests of peers: both are let to finish at the end. */
  readonly #asked: DrainedEngine
  readonly #served: DrainedEngine
  readonly #options: NodeOptions
  readonly #admit: Admit
  readonly #gate: Gatekeeper
  readonly #log: NodeLog
  readonly #version = packageVersion()
  readonly #startedAtMs = performance.now()
  readonly #assembly: Assembly
  readonly #local: EngineSet
  readonly #directory: ProviderDirectory
  readonly #judgement: PeerJudgement
  readonly #clock = new ClockWatch()
  readonly #dialer: Dialer
  readonly #books: Books
  readonly #publisher: ReturnType<typeof createPublisher>
  readonly #exchange: AdvertExchange
  readonly #pulls: AdvertPulls
  readonly #dht: DhtSide | undefined
  readonly #agents = new Map<string, string>()
  readonly #supervisor: Supervisor
  readonly #savedPeers: string[]
  #saveTimer: NodeJS.Timeout | undefined
  #stopping: Promise<void> | undefined

  private constructor(
    options: NodeOptions,
    profile: Profile,
    { assembly, savedPeers, books }: { assembly: Assembly; savedPeers: string[]; books: Books }
  ) {
    super()
    const { libp2p } = assembly
    this.#options = options
    if (options.modelControl) this.modelControl = options.modelControl
    this.#assembly = assembly
    this.#savedPeers = savedPeers
    this.#log = options.log ?? (() => undefined)
    this.peerId = libp2p.peerId.toString()
    this.#judgement = new PeerJudgement(profile)
    this.#local = engineSet(options.engines ?? [])
    this.#directory = new ProviderDirectory({ selfId: this.peerId })
    this.#dialer = new Dialer(libp2p, peerId => this.#directory.get(peerId)?.addresses ?? [], assembly.gate)
    this.#gate = gatekeeper(options.sharing ?? {}, { log: this.#log, onChange: () => this.#publisher.changed() })
    const isAdmitted = admission(options.requesters ?? {})
    this.#admit = peerId => {
      isAdmitted(peerId)
      this.#books.admit(peerId)
      this.#gate.admit()
    }
    this.#publisher = createPublisher({
      assembly,
      engine: this.#local,
      providers: () => this.#exchange.providers,
      label: options.label ?? '',
      hardwareClass: options.hardwareClass ?? profile.hardwareClass,
      device: () => deviceFacts(this.#gate.state, options.pricePerKiloToken),
      isSharing: () => this.#gate.reason === undefined,
      onError: this.#problem('advert')
    })
    this.#exchange = new AdvertExchange({
      selfId: this.peerId,
      libp2p,
      gossip: assembly.gossip,
      ...(options.scale && { scale: options.scale }),
      dialer: this.#dialer,
      directory: this.#directory,
      suspects: this.#judgement.suspects,
      publisher: this.#publisher,
      clock: this.#clock,
      onError: (what, error) => this.#problem(what)(error)
    })
    this.#pulls = new AdvertPulls({
      libp2p,
      directory: this.#directory,
      ask: async (peerId, wanted, signal) => await this.#exchange.ask(peerId, wanted, signal),
      search: async (model, signal, task) => await this.#dht?.source.search(model, signal, task),
      onError: this.#problem('dht'),
      isNeeded: () => !this.#exchange.hearsAll
    })
    const meet = async (peerId: string, signal: AbortSignal) => await this.#exchange.ask(peerId, 'own', signal)
    this.#dht =
      options.dht === false
        ? undefined
        : createDhtSide({
            libp2p,
            local: this.#local,
            meet,
            adverts: () => this.#directory.all(),
            providers: () => this.#exchange.providers,
            ...(options.scale?.largeAbove !== undefined && { shardedAbove: options.scale.largeAbove }),
            onError: this.#problem('dht')
          })
    this.#served = drained(this.#local, () => this.#gate.duty.begin())
    this.#books = books
    this.#local.useStanding?.(books.standing)
    const asking = {
      selfId: this.peerId,
      local: this.#local,
      directory: this.#directory,
      suspects: this.#judgement.suspects,
      reputation: this.#judgement.reputation,
      denied: peerIds(options.providers?.deny ?? [], 'providers.deny'),
      ...remotes({ selfId: this.peerId, dialer: this.#dialer, directory: this.#directory, books })
    }
    const network = new NetworkEngine({
      ...asking,
      experience: this.#judgement.experience,
      onAnswered: this.#judgement.check(asking, {
        audits: options.audits,
        isMetered: () => this.#gate.state.isMetered === true,
        log: this.#log
      }),
      policy: options.policy ?? 'rec',
      priceCap: books.priceCap.bind(books),
      rttMs: peerId => rttOf(libp2p, peerId),
      sources: [exchangeSource(libp2p, this.#exchange), ...(this.#dht === undefined ? [] : [this.#dht.source])],
      onRequest: (model, task) => this.#pulls.asked(model, task),
      onAttempt: (peerId, outcome) => {
        this.#judgement.reputation.attempt(peerId, outcome)
        this.#emit('attempt:end', { peerId, outcome })
      },
      onSourceError: (source, error) => this.#problem(source)(error)
    })
    this.#asked = drained(network)
    this.engine = this.#asked.engine
    const targets = [...(options.bootstrap ?? []), ...savedPeers]
    const around = { libp2p, dialer: this.#dialer, directory: this.#directory, publisher: this.#publisher }
    this.#supervisor = new Supervisor({ ...profile, ...around, targets })
  }

  /** See `createNode`. */
  static async start(options: NodeOptions): Promise<RunningNode> {
    for (const address of options.bootstrap ?? []) parsePeerAddress(address, 'bootstrap')
    checkLabel(options.label ?? '')
    // Before anything is opened that would have to be closed again.
    admission(options.requesters ?? {})
    peerIds(options.providers?.deny ?? [], 'providers.deny')
    const profile = PROFILES[options.profile ?? 'desktop']
    const assembly = await assembleLibp2p(options, profile, packageVersion())
    const onError = (error: unknown) => options.log?.('warn', 'saved peers not read', { error: String(error) })
    const savedPeers = assembly.paths === undefined ? [] : await readSavedPeers(assembly.paths.peers, onError)
    const books = await openBooks(assembly, options)
    const node = new RunningNode(options, profile, { assembly, savedPeers, books })
    try {
      await node.#start(profile)
      return node
    } catch (error) {
      await node.stop(0)
      throw error
    }
  }

  ask(question: Question, options: AskOptions = {}): Answer {
    const { model = AUTO_MODEL, signal, ...rest } = options
    const asked = typeof question === 'string' ? { messages: [textMessage('user', question)] } : question
    return createAnswer(stop => {
      const both = signal === undefined ? stop : AbortSignal.any([stop, signal])
      return this.engine.generate({ model, ...asked }, { ...rest, signal: both })
    })
  }

  async serve(engine: InferenceEngine): Promise<void> {
    this.#local.add(engine)
  }

  get #view() {
    const { policy = 'rec' } = this.#options
    return { directory: this.#directory, libp2p: this.#assembly.libp2p, policy }
  }

  status(): NodeStatus {
    const { libp2p } = this.#assembly
    return {
      version: this.#version,
      peerId: this.peerId,
      label: this.#options.label ?? '',
      addresses: sortForOthers(libp2p.getMultiaddrs().map(String)),
      connections: libp2p.getConnections().length,
      providers: this.#directory.size,
      uptimeMs: Math.round(performance.now() - this.#startedAtMs),
      rssBytes: process.memoryUsage.rss(),
      engines: this.#local.status()
    }
  }

  peers(): PeerSummary[] {
    return this.#judgement.summaries(this.#view, this.#agents)
  }

  peer(name: string): PeerDetail {
    return this.#judgement.detail(name, this.peers(), this.#view)
  }

  async models(): Promise<NetworkModel[]> {
    return networkModels(await this.#local.models(), this.#directory.all())
  }

  async localModels(): Promise<ModelInfo[]> {
    return await this.#local.models()
  }

  async connect(address: string): Promise<PeerSummary> {
    const { peerId } = parsePeerAddress(address, 'address')
    await this.#dialer.connect(address, timeLimit(10_000), 10_000)
    const found = this.peers().find(peer => peer.peerId === peerId.toString())
    if (found === undefined) throw new ProviderUnreachableError(`${peerId} closed the connection at once`)
    return found
  }

  async ping(peer: string): Promise<PingResult> {
    return await pingPeer(peer, {
      libp2p: this.#assembly.libp2p,
      dialer: this.#dialer,
      peers: () => this.peers()
    })
  }

  discovery(): DiscoveryReport {
    return discoveryReport({
      options: this.#options,
      assembly: this.#assembly,
      savedPeers: this.#savedPeers,
      providers: this.#directory.size,
      clock: this.#clock
    })
  }

  async stop(drainMs = 10_000): Promise<void> {
    this.#stopping ??= this.#stop(drainMs)
    await this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(0)
  }

  async #start(profile: Profile): Promise<void> {
    const { libp2p, paths } = this.#assembly
    await this.#exchange.start()
    await servePeers({
      libp2p,
      key: this.#assembly.privateKey,
      served: this.#served.engine,
      admit: this.#admit,
      books: this.#books,
      onEnd: (peerId, outcome, cause) => {
        this.#emit('request:end', { peerId, outcome })
        if (outcome === 'internal') this.#problem('request')(cause)
      }
    })
    this.#forwardEvents()
    await libp2p.start()
    this.#exchange.joinGossip()
    this.#local.onChange?.(() => {
      this.#publisher.changed()
      this.#dht?.changed()
    })
    if (profile.listens) {
      await this.#gate.start()
      await this.#publisher.announce()
    }
    this.#supervisor.start()
    if (paths !== undefined && profile.listens) {
      this.#saveTimer = setInterval(() => void this.#savePeers(paths.peers), SAVE_PEERS_EVERY_MS).unref()
    }
  }

  async #stop(drainMs: number): Promise<void> {
    const { libp2p, paths, closeDatastore } = this.#assembly
    clearInterval(this.#saveTimer)
    this.#supervisor.stop()
    this.#exchange.stop()
    this.#pulls.stop()
    this.#gate.stop()
    await this.#publisher.stop()
    await this.#dht?.stop()
    await Promise.all([this.#asked.drain(drainMs), this.#served.drain(drainMs)])
    await this.#judgement.close()
    if (paths !== undefined && this.#saveTimer !== undefined) await this.#savePeers(paths.peers)
    await this.#local.close()
    await Promise.race([libp2p.stop(), new Promise(resolve => setTimeout(resolve, STOP_TIMEOUT_MS).unref())])
    await closeDatastore()
    this.#directory.close()
    this.#books.close()
  }

  async #savePeers(file: string): Promise<void> {
    try {
      await savePeers(file, this.#assembly.libp2p, this.#savedPeers)
    } catch (error) {
      this.#problem('saving peers')(error)
    }
  }

  #forwardEvents(): void {
    const { libp2p } = this.#assembly
    libp2p.addEventListener('peer:connect', event => {
      this.#emit('peer:connect', { peerId: event.detail.toString() })
      this.#dht?.changed()
    })
    libp2p.addEventListener('peer:identify', event => {
      this.#agents.set(event.detail.peerId.toString(), (event.detail.agentVersion ?? '').slice(0, 128))
    })
    libp2p.addEventListener('peer:disconnect', event => {
      this.#agents.delete(event.detail.toString())
      this.#emit('peer:disconnect', { peerId: event.detail.toString() })
    })
    this.#directory.onChange(peerId => {
      const advert = this.#directory.get(peerId)
      if (advert === undefined) this.#emit('provider:lost', { peerId })
      else this.#emit('provider:found', advert)
    })
  }

  #emit<Type extends keyof NodeEvents>(type: Type, detail: NodeEvents[Type]['detail']): void {
    this.safeDispatchEvent(type, { detail })
  }

  #problem(what: string): (error: unknown) => void {
    return error =>
      this.#log('warn', `${what} failed`, { error: error instanceof Error ? error.message : String(error) })
  }
}

/** Others would drop adverts with a name that they must not print, and the node would never be found. */
function checkLabel(label: string): void {
  if (isAdvertText(label, MAX_LABEL_LENGTH)) return
  throw new InvalidRequestError(`the node's name must have at most ${MAX_LABEL_LENGTH} characters, all printable`, {
    details: { field: 'label' }
  })
}
