/**
 * What peers tell each other about themselves: signed adverts over gossip, and `/p2p-ai/capabilities/1.0` for the
 * whole current set. The wire is described in `spec/capabilities.md`.
 *
 * @packageDocumentation
 */
export { isAdvertText } from './advert-codec.ts'
export { ADVERT_TOPIC, CAPABILITIES_PROTOCOL, cadenceMs, MAX_LABEL_LENGTH } from './constants.ts'
export { openAdvert, peekAdvert, sealAdvert } from './envelope.ts'
export { type AdvertContent, AdvertPublisher } from './publisher.ts'
export { capabilitiesServer, type HeldAdvert, requestAdverts } from './service.ts'
export type { AdvertsWanted } from './wanted.ts'
