import { mdns } from '@libp2p/mdns'

/** Of a large network; more would only be counted. */
const MAX_HEARD = 1_000

/** Discovery on the local network that also remembers whom it heard of. */
export function listeningMdns(): { discovery: ReturnType<typeof mdns>; heard: ReadonlySet<string> } {
  const heard = new Set<string>()
  const make = mdns({ serviceTag: 'p2pai.local' })
  return {
    heard,
    discovery(components) {
      const service = make(components)
      service.addEventListener('peer', ({ detail }) => {
        if (heard.size < MAX_HEARD) heard.add(detail.id.toString())
      })
      return service
    }
  }
}
