/** A provider on a machine of its own, a network namespace. Told by messages where to join and when to say how it stands. */
import { createNode } from 'p2pai'
import { scriptedEngine } from 'p2pai/testing'
import { storyFor } from './story.ts'

const engine = scriptedEngine({ answer: storyFor })
process.on('message', async ({ join }: { join?: string }) => {
  if (join === undefined) return void process.send?.({ questions: engine.calls.length })
  const node = await createNode({
    listen: ['/ip4/0.0.0.0/tcp/0'],
    mdns: false,
    dht: false,
    bootstrap: [join],
    engines: [engine]
  })
  process.send?.({ peerId: node.peerId })
})
process.on('disconnect', () => process.exit())
