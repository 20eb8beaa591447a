import { type Message, TopicValidatorResult } from '@libp2p/gossipsub'
import type { Connection, Libp2pEvents, Stream, TypedEventTarget } from '@libp2p/interface'
import { timeLimit } from '../interface/index.ts'
import {
  ADVERT_TOPIC,
  type AdvertPublisher,
  type AdvertsWanted,
  CAPABILITIES_PROTOCOL,
  capabilitiesServer,
  type HeldAdvert,
  openAdvert,
  peekAdvert,
  requestAdverts
} from '../protocols/capabilities/index.ts'
import { drawSample, type ProviderDirectory, RecentMap, Spread, type Suspects } from '../routing/index.ts'
import type { Dialer } from './dial.ts'
import type { GossipMesh } from './gossip.ts'
import { MeshWindows } from './mesh-windows.ts'
import { SAMPLE_SIZE, SCALE, type ScaleOptions } from './network-scale.ts'
import { RateLimiter } from './rate.ts'

/** Full sets asked for after a start: one would do, if the first peer were always honest and well connected. */
const FULL_SETS = 3
/** A full set is asked for again after this long, to mend what gossip lost. */
const FULL_SET_EVERY_MS = 10 * 60_000
/** Peers whose last gossip is remembered: twice the providers that are kept. */
const MAX_GOSSIPED = 4_000
const EXCHANGE_TIMEOUT_MS = 6_000
/** News is passed on within this time, over several hops. */
const GOSSIP_DELAY_MS = 5_000
/** Entries of one set that may be wrong; each costs a signature check. */
const MAX_BAD_ENTRIES = 32
/** Peers whose bad entries were told of, so that each is told of once. */
const MAX_TOLD_OF = 1_000

/** What the exchange needs. */
export interface AdvertExchangeInit {
  selfId: string
  libp2p: TypedEventTarget<Libp2pEvents> & {
    handle: (
      protocol: string,
      handler: (stream: Stream, connection: Connection) => Promise<void>,
      options: object
    ) => Promise<void>
  }
  gossip: GossipMesh | undefined
  /** @default SCALE */
  scale?: ScaleOptions
  dialer: Dialer
  directory: ProviderDirectory
  suspects: Suspects
  publisher: AdvertPublisher
  onError: (what: string, error: unknown) => void
  /** Told when an advert was signed, and how long ago at most if all clocks are right. */
  clock: { heard(peerId: string, issuedAtMs: number, ageMs: number): void }
}

/** Who gave adverts, and where it was. */
interface Teller {
  peerId: string
  address: string
}

/** Brings adverts in and sends ours out: gossip for news, one request for what was said before. */
export class AdvertExchange {
  readonly #init: AdvertExchangeInit
  readonly #perPeer = new RateLimiter(5, 4_000)
  readonly #goodbyes = new RateLimiter(5, 4_000)
  readonly #requests = new RateLimiter(5, 3_000)
  /** The last number of each peer that was passed on. */
  readonly #gossiped = new RecentMap<string, number>(MAX_GOSSIPED)
  readonly #synced = Promise.withResolvers<void>()
  readonly #toldOf = new RecentMap<string, true>(MAX_TOLD_OF)
  readonly #windows: MeshWindows | undefined
  #fullSets = 0
  #lastFullSetMs = Number.NEGATIVE_INFINITY

  constructor(init: AdvertExchangeInit) {
    this.#init = init
    const { gossip, directory } = init
    this.#windows =
      gossip &&
      new MeshWindows({
        join: () => gossip.subscribe(ADVERT_TOPIC),
        leave: () => gossip.unsubscribe(ADVERT_TOPIC),
        known: () => directory.size,
        scale: { ...SCALE, ...init.scale }
      })
  }

  /** Providers of the whole network, as far as that can be told. */
  get providers(): number {
    return this.#windows?.providers ?? this.#init.directory.size
  }

  /** Whether gossip brings the news of all providers. */
  get hearsAll(): boolean {
    return this.#windows?.isLarge === false
  }

  /** Resolves once a peer has given its whole set, or a sample where the network is large. */
  get synced(): Promise<void> {
    return this.#synced.promise
  }

  /** Answers and listens from now on; to be called before libp2p starts, so that no peer is missed. */
  async start(): Promise<void> {
    const { libp2p, gossip, publisher } = this.#init
    const serve = capabilitiesServer(wanted => this.#held(wanted))
    const limited = async (stream: Stream, connection: Connection) => {
      if (this.#requests.take(connection.remotePeer.toString())) await serve(stream, connection)
      else stream.abort(new Error('too many requests'))
    }
    await libp2p.handle(CAPABILITIES_PROTOCOL, limited, {
      maxInboundStreams: 4,
      maxOutboundStreams: 4,
      runOnLimitedConnection: true
    })
    libp2p.addEventListener('peer:identify', event => {
      if (event.detail.protocols.includes(CAPABILITIES_PROTOCOL)) this.#meet(event.detail.peerId.toString())
    })
    if (gossip === undefined) return
    gossip.topicValidators.set(ADVERT_TOPIC, async (_, message) => await this.#judge(message))
    let listeners = 0
    gossip.addEventListener('subscription-change', () => {
      const before = listeners
      listeners = gossip.getSubscribers(ADVERT_TOPIC).length
      // The first listener has heard nothing yet; later ones are served by the request for the set.
      if (before === 0 && listeners > 0) void publisher.announce()
      else if (listeners > before && this.hearsAll) publisher.changed()
    })
  }

  /** Joins the mesh, which libp2p allows only once it runs. */
  joinGossip(): void {
    this.#windows?.start()
  }

  stop(): void {
    this.#windows?.stop()
  }

  /** Asks a peer for its own advert, and for what is wanted of others. False when it could not be asked. */
  async ask(peerId: string, wanted: AdvertsWanted, signal: AbortSignal): Promise<boolean> {
    try {
      const { dialer } = this.#init
      const connection = await dialer.connect(peerId, signal)
      const stream = await dialer.openStream(peerId, CAPABILITIES_PROTOCOL, signal)
      const from = { peerId: connection.remotePeer.toString(), address: connection.remoteAddr.toString() }
      const spread = typeof wanted === 'string' ? undefined : new Spread(wanted.count)
      let bad = 0
      for await (const held of requestAdverts(stream, wanted)) {
        try {
          await this.#take(held, from, spread)
        } catch (error) {
          // One that is wrong says nothing about the others, which other peers have signed.
          if (++bad > MAX_BAD_ENTRIES) throw error
          this.#tellOfBad(from.peerId, error)
        }
      }
      return true
    } catch (error) {
      this.#init.onError('advert exchange', error)
      return false
    }
  }

  #meet(peerId: string): void {
    const now = performance.now()
    const all = this.#fullSets < FULL_SETS || now - this.#lastFullSetMs > FULL_SET_EVERY_MS
    if (all) {
      this.#fullSets++
      this.#lastFullSetMs = now
    }
    const others: AdvertsWanted = this.hearsAll ? 'all' : { count: SAMPLE_SIZE }
    void this.ask(peerId, all ? others : 'own', timeLimit(EXCHANGE_TIMEOUT_MS)).then(answered => {
      if (answered && all) this.#synced.resolve()
      else if (all) this.#fullSets--
    })
  }

  #tellOfBad(peerId: string, error: unknown): void {
    if (this.#toldOf.get(peerId) === true) return
    this.#toldOf.set(peerId, true)
    this.#init.onError('an advert from the exchange', error)
  }

  async #take({ envelope, ageMs }: HeldAdvert, from: Teller, spread: Spread | undefined): Promise<void> {
    const claim = peekAdvert(envelope)
    const isOwn = claim.peerId === from.peerId
    // The teller may have drawn its sample from one network of its own.
    if (!isOwn && spread?.takes(claim.addresses) === false) return
    // What is known already must not cost a signature check. A peer may begin its own numbers anew.
    if (!isOwn && !this.#init.directory.isNews(claim.peerId, claim.sequence)) return
    const advert = await openAdvert(envelope)
    if (isOwn) {
      this.#init.suspects.restarted(from.peerId, advert.bootNonce)
      this.#init.clock.heard(from.peerId, advert.issuedAtMs, advert.ttlMs)
    }
    this.#init.directory.offer(advert, {
      envelope,
      ageMs,
      ...(isOwn ? { origin: 'direct', remoteAddress: from.address } : { origin: 'exchange' })
    })
  }

  /** Cheap checks first: a replay must not cost a signature check. */
  async #judge(message: Message): Promise<TopicValidatorResult> {
    if (message.type !== 'signed') return TopicValidatorResult.Reject
    const from = message.from.toString()
    try {
      const claim = peekAdvert(message.data)
      if (claim.peerId !== from) return TopicValidatorResult.Reject
      const isNews = this.#init.directory.isNews(claim.peerId, claim.sequence)
      // An exchange may have been faster than gossip: known here, the advert is still news to those behind this node.
      const isNewsToOthers = this.#init.directory.get(from)?.sequence === claim.sequence
      if (!isNews && (!isNewsToOthers || this.#gossiped.get(from) === claim.sequence))
        return TopicValidatorResult.Ignore
      // A goodbye must not wait for news to be allowed, nor be sent for ever.
      const limiter = claim.ttlMs > 0 ? this.#perPeer : this.#goodbyes
      if (!limiter.take(from)) return TopicValidatorResult.Ignore
      const advert = await openAdvert(message.data)
      this.#gossiped.set(from, claim.sequence)
      this.#windows?.heard(from, message.data.byteLength)
      this.#init.clock.heard(from, advert.issuedAtMs, GOSSIP_DELAY_MS)
      if (!isNews) return TopicValidatorResult.Accept
      const outcome = this.#init.directory.offer(advert, { origin: 'gossip', envelope: message.data })
      return outcome === 'taken' || outcome === 'gone' ? TopicValidatorResult.Accept : TopicValidatorResult.Ignore
    } catch (error) {
      this.#init.onError('advert', error)
      return TopicValidatorResult.Reject
    }
  }

  *#held(wanted: AdvertsWanted): Generator<HeldAdvert> {
    const own = this.#init.publisher.current
    if (own !== undefined) yield { envelope: own, ageMs: 0 }
    if (wanted === 'all') yield* this.#init.directory.held()
    else if (wanted !== 'own') yield* drawSample(this.#init.directory.held(), wanted, Math.random)
  }
}
