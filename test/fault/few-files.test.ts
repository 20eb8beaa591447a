import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { ALONE, newHome, PROGRAM, run } from '../e2e/command.ts'

const LIMIT = 256

/** Opens a socket and waits until it is taken or closed. */
async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await Promise.race([once(socket, 'connect'), once(socket, 'close')])
  return socket
}

test.skipIf(process.platform === 'win32')(
  'case 59: with few files it warns, refuses what is too much, and recovers',
  async () => {
    const home = newHome()
    const words = ['serve', ...ALONE, '--api', '127.0.0.1:0', '--log-format', 'json'].map(word => `'${word}'`).join(' ')
    const child = spawn('bash', ['-c', `ulimit -n ${LIMIT}; exec "${process.execPath}" "${PROGRAM}" ${words}`], {
      env: { ...process.env, P2PAI_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    const gone = once(child, 'exit')
    onTestFinished(() => void child.kill('SIGKILL'))
    const events: { event: string; addresses?: string[]; limit?: number; api?: string }[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      events.push(JSON.parse(line))
      if (events.at(-1)?.event === 'ready') break
    }
    child.stdout.resume()
    expect(events).toContainEqual(expect.objectContaining({ level: 'warn', limit: LIMIT }))
    const ready = events.at(-1)!
    const address = ready.addresses![0]!
    const api = Number(new URL(ready.api!).port)
    // More sockets than files, over the door that has no limit of its own below them.
    const sockets = await Promise.all(Array.from({ length: 2 * LIMIT }, () => open(api)))
    const ask = async () =>
      await run(newHome(), [
        'ask',
        '--no-mdns',
        '--timeout',
        '5',
        '--bootstrap',
        address,
        '--temperature',
        '0',
        'What is the capital of France?'
      ])
    const refused = await ask()
    expect(refused.code === 0 || [4, 5].includes(refused.code!), refused.err).toBe(true)
    if (refused.code !== 0) expect(refused.err).toMatch(/^p2pai: [^\n]+\n$/)
    for (const socket of sockets) socket.destroy()
    let again = await ask()
    for (let turn = 0; turn < 10 && again.code !== 0; turn++) again = await ask()
    expect(again).toMatchObject({ code: 0, out: 'The capital of France is Paris.\n' })
    expect((await run(home, ['status'])).code).toBe(0)
    child.kill('SIGTERM')
    expect((await gone)[0]).toBe(0)
  }
)
