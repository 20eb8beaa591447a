import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connectDaemon } from '../../../src/gateway/control/client.ts'
import { startDaemon } from '../../../src/node/daemon/index.ts'
import { UndoStack } from '../../../src/node/daemon/undo.ts'
import { homePaths } from '../../../src/node/home/paths.ts'
import { temporaryFolder } from '../home/fixtures.ts'

const ALONE = { noModel: true, api: 'off', mdns: false, listen: ['/ip4/127.0.0.1/tcp/0'] }

test('steps are undone in reverse, also after one that fails', async () => {
  const undone: number[] = []
  const stack = new UndoStack()
  stack.push(() => undone.push(1))
  stack.push(() => {
    throw new Error('stuck')
  })
  stack.push(async () => undone.push(3))
  await expect(stack.run()).rejects.toThrow('stuck')
  expect(undone).toEqual([3, 1])
})

test('a daemon can be stopped from both sides, twice, and started again', async () => {
  const home = temporaryFolder()
  for (let round = 0; round < 2; round++) {
    const daemon = await startDaemon({ home, ...ALONE })
    const client = await connectDaemon(homePaths(home).socket)
    expect(client.peerId).toBe(daemon.ready.peerId)
    await client.stop()
    await daemon.stop()
    await daemon.stopped
    await expect(connectDaemon(homePaths(home).socket)).rejects.toMatchObject({ code: 'daemon_not_running' })
  }
})

test('a start that fails or is called off leaves the home free for the next one', async () => {
  const home = temporaryFolder()
  await expect(startDaemon({ home, ...ALONE, listen: ['/ip4/x'] })).rejects.toMatchObject({ code: 'invalid_address' })
  await expect(startDaemon({ home, ...ALONE, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
  expect(readdirSync(home)).not.toContain('daemon.json')
  const daemon = await startDaemon({ home, ...ALONE })
  await daemon.stop()
})

test('case 40: a bad key is told before a model is loaded', async () => {
  const home = temporaryFolder()
  writeFileSync(join(home, 'key'), 'x', { mode: 0o600 })
  const log: string[] = []
  const started = startDaemon({ home, api: 'off', mdns: false, log: (_level, event) => void log.push(event) })
  await expect(started).rejects.toMatchObject({ code: 'invalid_key' })
  expect(log).toEqual([])
})
