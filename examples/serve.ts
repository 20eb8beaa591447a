/**
 * Serves a GGUF file to the network until Ctrl-C.
 *
 *   node examples/serve.ts models/p2pai-tiny.gguf [LISTEN]
 */
import { createNode, llamaEngine } from 'p2pai'

const [modelFile = 'models/p2pai-tiny.gguf', listen = '/ip4/127.0.0.1/tcp/0'] = process.argv.slice(2)

// The model runs in a process of its own: if it dies, this one lives and starts it again.
const engine = await llamaEngine({ modelFile, slots: 2 })
await engine.load()

await using node = await createNode({ listen: [listen], mdns: false, engines: [engine] })
node.addEventListener('request:end', event => {
  console.error(`${event.detail.peerId} ${event.detail.outcome}`)
})
console.log(node.status().addresses[0])

await new Promise(resolve => process.once('SIGINT', resolve).once('SIGTERM', resolve))
