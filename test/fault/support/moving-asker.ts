/**
 * An asker and a provider on two machines: network namespaces with a cable between them, of which each end can be
 * pulled and renumbered. To be run by `unshare -rn`; the argument is how long the cable is out. Prints what it measured.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createNode } from 'p2pai'
import { storyFor } from './story.ts'
import { until } from './until.ts'

const cutMs = Number(process.argv[2])
const PATIENCE_MS = 300_000
const LONG_CUT_MS = 30_000
const ip = (...words: string[]) => void execFileSync('ip', words)
const far = spawn('unshare', ['-n', process.execPath, join(import.meta.dirname, 'moving-provider.ts')], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc']
})
const farIp = (...words: string[]) =>
  void execFileSync('nsenter', ['--target', String(far.pid), '--net', 'ip', ...words])
const told = async <Message>(message: object): Promise<Message> => {
  const answer = once(far, 'message')
  far.send(message)
  return ((await answer) as [Message])[0]
}

await once(far, 'spawn')
// It has left this namespace once its program runs, which answers then.
await told({})
ip('link', 'set', 'lo', 'up')
ip('link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far')
ip('link', 'set', 'far', 'netns', String(far.pid))
ip('addr', 'add', '10.77.0.1/24', 'dev', 'near')
ip('link', 'set', 'near', 'up')
farIp('addr', 'add', '10.77.0.2/24', 'dev', 'far')
farIp('link', 'set', 'lo', 'up')
farIp('link', 'set', 'far', 'up')

await using asker = await createNode({ listen: ['/ip4/10.77.0.1/tcp/0'], mdns: false, dht: false })
const { peerId } = await told<{ peerId: string }>({ join: asker.status().addresses[0] })
await until(() => asker.status().providers === 1, PATIENCE_MS, 'the provider is known')

let asked = 0
const isAnswered = async () => {
  const question = `question ${++asked}`
  return (await asker.ask(question, { model: 'scripted:test' }).text()) === storyFor(question)
}
const addresses = () => asker.peers().find(peer => peer.peerId === peerId)?.addresses ?? []
/** When the number of its advert was last another one. */
let heardAtMs = 0
asker.addEventListener('provider:found', () => {
  heardAtMs = performance.now()
})

const measured: Record<string, unknown> = { before: await isAnswered() }

ip('link', 'set', 'near', 'down')
await sleep(cutMs)
ip('link', 'set', 'near', 'up')
let sinceMs = performance.now()
measured.afterCut = await isAnswered()
measured.backMs = performance.now() - sinceMs
// The connection has outlived a short cut, and nobody hurries to say what is known.
if (cutMs >= LONG_CUT_MS) await until(() => heardAtMs > sinceMs, PATIENCE_MS, 'an advert after the cut')
measured.advertMs = Math.max(0, heardAtMs - sinceMs)

farIp('addr', 'del', '10.77.0.2/24', 'dev', 'far')
farIp('addr', 'add', '10.77.0.3/24', 'dev', 'far')
sinceMs = performance.now()
await until(() => addresses().some(address => address.includes('10.77.0.3')), PATIENCE_MS, 'the new address')
measured.movedMs = performance.now() - sinceMs
await until(() => heardAtMs > sinceMs, PATIENCE_MS, 'an advert from the new address')
measured.movedAdvertMs = heardAtMs - sinceMs
measured.afterMove = await isAnswered()

console.log(JSON.stringify({ ...measured, asked, got: (await told<{ questions: number }>({})).questions }))
far.kill()
process.exit()
