/**
 * A provider with a scripted engine in a process of its own, so that it can be killed like one.
 * Started with `fork`: the first argument is an address to join by, the second the seed of what it says.
 */
import { createNode } from 'p2pai'
import { scriptedEngine } from 'p2pai/testing'
import { storyFor } from './story.ts'

const [bootstrap = ''] = process.argv.slice(2)
const engine = scriptedEngine({ answer: storyFor, slots: 4, tokenMs: 15, progressMs: 500 })
const node = await createNode({
  listen: ['/ip4/127.0.0.1/tcp/0'],
  mdns: false,
  bootstrap: bootstrap === '' ? [] : [bootstrap],
  engines: [engine]
})
process.send?.({ peerId: node.peerId, address: node.status().addresses[0] })
// Asked how it stands at the end.
process.on('message', () => process.send?.({ busy: engine.status()[0]!.slots.busy, questions: engine.calls.length }))
process.on('disconnect', () => process.exit())
