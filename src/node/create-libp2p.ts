import { randomInt } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import type { Datastore } from 'interface-datastore'
import { createLibp2p, type Libp2p, type Libp2pOptions } from 'libp2p'
import { HomeUnusableError } from '../interface/index.ts'
import { ADVERT_TOPIC } from '../protocols/capabilities/index.ts'
import { boundRecords } from './bounded-records.ts'
import { DialGate } from './dial-gate.ts'
import type { GossipMesh } from './gossip.ts'
import { openHome } from './home/home-folder.ts'
import { loadIdentity } from './home/identity.ts'
import type { HomePaths } from './home/paths.ts'
import { libp2pOptions } from './libp2p-options.ts'
import { listenAddresses } from './listen.ts'
import { MemoryStore } from './memory-store.ts'
import type { NodeOptions } from './options.ts'
import { boundPeers } from './peer-bound.ts'
import type { Profile } from './profiles.ts'

/** A libp2p node that is not started yet, and what it was made of. */
export interface Assembly {
  libp2p: Libp2p
  privateKey: PrivateKey
  gossip: GossipMesh | undefined
  gate: DialGate
  /** Ids of peers that were heard of on the local network; undefined when nobody listens there. */
  heardByMdns: ReadonlySet<string> | undefined
  paths: HomePaths | undefined
  /** Drawn at every start. */
  bootNonce: number
  closeDatastore: () => Promise<void>
}

/** Puts libp2p together from options and profile. What a profile does not use is not even imported. */
export async function assembleLibp2p(options: NodeOptions, profile: Profile, version: string): Promise<Assembly> {
  const paths = options.home === undefined ? undefined : await openHome(options.home)
  const privateKey = paths === undefined ? await generateKeyPair('Ed25519') : await loadIdentity(paths.key)
  const listen = profile.listens ? await listenAddresses(options.listen) : (options.listen ?? [])
  const services: NonNullable<Libp2pOptions['services']> = {}
  const withGossip = profile.gossip && options.gossip !== false
  if (withGossip) services.pubsub = (await import('./gossip.ts')).gossipService(ADVERT_TOPIC)
  const peerDiscovery: NonNullable<Libp2pOptions['peerDiscovery']> = []
  const mdns = options.mdns === false ? undefined : (await import('./mdns.ts')).listeningMdns()
  if (mdns !== undefined) peerDiscovery.push(mdns.discovery)
  // A client lives too short to profit from a store on disk, and must not wait for the daemon's lock on it.
  const datastore = await openDatastore(profile.listens ? paths?.datastore : undefined)
  const gate = new DialGate(mdns?.heard)
  try {
    const init = {
      options,
      profile,
      listen,
      privateKey,
      datastore: datastore.store,
      version,
      services,
      peerDiscovery,
      gate
    }
    const libp2p = await createLibp2p({ ...libp2pOptions(init), start: false })
    gate.attach(libp2p)
    const onError = (error: unknown) => options.log?.('warn', 'peers not bounded', { error: String(error) })
    await boundPeers({ libp2p, datastore: options.libp2p?.datastore ?? datastore.store, onError })
    return {
      libp2p,
      gate,
      privateKey,
      gossip: withGossip ? (libp2p.services as { pubsub?: GossipMesh }).pubsub : undefined,
      heardByMdns: mdns?.heard,
      paths,
      bootNonce: randomInt(0, 2 ** 32),
      closeDatastore: async () => await datastore.close()
    }
  } catch (error) {
    await datastore.close()
    throw error
  }
}

/** On disk, or in memory without a path. */
async function openDatastore(path: string | undefined): Promise<{ store: Datastore; close: () => Promise<void> }> {
  if (path === undefined) return { store: boundRecords(new MemoryStore()), close: async () => undefined }
  const { LevelDatastore } = await import('datastore-level')
  const store = new LevelDatastore(path)
  try {
    await store.open()
  } catch (error) {
    // The library's own words are that it failed; why is in the innermost cause.
    throw new HomeUnusableError(`cannot use the peer store in ${path}: ${innermost(error)}`, { cause: error })
  }
  return { store: boundRecords(store), close: async () => await store.close() }
}

function innermost(error: unknown): string {
  let found = error
  while (found instanceof Error && found.cause !== undefined) found = found.cause
  const message = found instanceof Error ? found.message : String(found)
  return /no space left/i.test(message) ? 'the disk is full' : message
}
