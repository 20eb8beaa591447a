/**
 * Who can answer: the directory of providers, the sources that fill it, and the network as one engine.
 *
 * @packageDocumentation
 */

export { Auditor } from './audit/auditor.ts'
export { DhtProvider } from './dht-provider.ts'
export { dhtSource } from './dht-source.ts'
export { dialableAddresses, isDialable, type OwnReach } from './dialable-addresses.ts'
export { ProviderDirectory } from './directory.ts'
export { Experience } from './experience.ts'
export { keysOfModels, servableKeys } from './model-keys.ts'
export { NetworkEngine } from './network-engine.ts'
export { ranks, standingOf } from './peer-standing.ts'
export * from './policies/index.ts'
export { RecentMap } from './recent-map.ts'
export { Reputation } from './reputation.ts'
export { drawSample } from './sample.ts'
export { dayOf, providerKeys, shardPlace } from './shards.ts'
export { Spread } from './spread.ts'
export { Suspects } from './suspects.ts'
export { drawPeers, type KnownPeers, WORKING_SET_SIZE } from './working-set.ts'
