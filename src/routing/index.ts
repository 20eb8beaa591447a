/**
 * Who can answer: the directory of providers, the sources that fill it, and the network as one engine.
 *
 * @packageDocumentation
 */
export { DhtProvider } from './dht-provider.ts'
export { dhtSource } from './dht-source.ts'
export { ProviderDirectory } from './directory.ts'
export { keysOfModels } from './model-keys.ts'
export { NetworkEngine } from './network-engine.ts'
export { Suspects } from './suspects.ts'
