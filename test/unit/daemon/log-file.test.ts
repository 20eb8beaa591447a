import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { TypedEventEmitter } from 'main-event'
import { expect, test } from 'vitest'
import { newLines } from '../../../src/cli/logs/follow.ts'
import { lastLines } from '../../../src/cli/logs/tail.ts'
import { logTraffic } from '../../../src/node/daemon/daemon-log.ts'
import { LogFile } from '../../../src/node/daemon/log-file.ts'
import { homePaths } from '../../../src/node/home/paths.ts'
import type { NodeEvents } from '../../../src/node/node-events.ts'
import { temporaryFolder } from '../home/fixtures.ts'

const line = (number: number) => JSON.stringify({ event: 'x', number })
const everything = () => true

test('files are bounded in size and number, and together have the last lines in order', async () => {
  const { logFiles } = homePaths(temporaryFolder())
  const log = new LogFile(logFiles, { maxBytes: 1_000 })
  for (let number = 0; number < 1_000; number++) {
    log.write(line(number))
    if (number % 7 === 0) await log.flush()
  }
  await log.flush()
  const folder = join(logFiles[0], '..')
  expect(readdirSync(folder).sort()).toEqual(['daemon.log', ...[1, 2, 3, 4].map(number => `daemon.log.${number}`)])
  for (const file of logFiles) expect(statSync(file).size).toBeLessThanOrEqual(1_000)
  expect(statSync(logFiles[0]).mode & 0o777).toBe(0o600)
  expect(await lastLines(logFiles, 100, everything)).toEqual(Array.from({ length: 100 }, (_, at) => line(900 + at)))
  expect(await lastLines(logFiles, 2, text => text.endsWith('0}'))).toEqual([line(980), line(990)])
  expect(await lastLines(logFiles, 0, everything)).toEqual([])
})

test('a second log goes on in the file of the first', async () => {
  const { logFiles } = homePaths(temporaryFolder())
  for (const number of [1, 2]) {
    const log = new LogFile(logFiles)
    log.write(line(number))
    await log.flush()
  }
  expect(await lastLines(logFiles, 10, everything)).toEqual([line(1), line(2)])
})

test('a follower sees every line once, over files that are moved away', async () => {
  const { logFiles } = homePaths(temporaryFolder())
  const log = new LogFile(logFiles, { maxBytes: 4_000 })
  log.write(line(-1))
  await log.flush()
  const stop = new AbortController()
  const seen: string[] = []
  const news = await newLines(logFiles, stop.signal)
  const following = (async () => {
    for await (const text of news) {
      seen.push(text)
      if (text === line(399)) stop.abort()
    }
  })()
  for (let number = 0; number < 400; number++) {
    log.write(line(number))
    if (number % 50 === 49) await log.flush()
    // The reader is slower than the writer, but not by all the files that are kept.
    while (seen.length < number - 300) await new Promise(resolve => setTimeout(resolve, 10))
  }
  await following
  expect(seen).toEqual(Array.from({ length: 400 }, (_, number) => line(number)))
})

test('a follower waits for a file that is not there yet', async () => {
  const { logFiles } = homePaths(temporaryFolder())
  const stop = new AbortController()
  const news = await newLines(logFiles, stop.signal)
  const first = news.next()
  mkdirSync(join(logFiles[0], '..'), { recursive: true })
  appendFileSync(logFiles[0], `${line(1)}\n`)
  expect((await first).value).toBe(line(1))
  stop.abort()
  expect(await news.next()).toMatchObject({ done: true })
})

test('case 37: on a full disk lines are lost, told once, and counted in the file when there is room again', async () => {
  const { logFiles } = homePaths(temporaryFolder())
  mkdirSync(join(logFiles[0], '..'), { recursive: true })
  // The system's own file on which every write fails as on a full disk.
  symlinkSync('/dev/full', logFiles[0])
  const problems: unknown[] = []
  const log = new LogFile(logFiles, { onProblem: error => void problems.push(error) })
  for (const number of [1, 2, 3]) {
    log.write(line(number))
    await log.flush()
  }
  expect(problems).toEqual([expect.objectContaining({ code: 'ENOSPC' })])
  rmSync(logFiles[0])
  log.write(line(4))
  await log.flush()
  const [lost, ...rest] = await lastLines(logFiles, 10, everything)
  expect(JSON.parse(lost!)).toMatchObject({ event: 'log lines lost', count: 3 })
  expect(rest).toEqual([line(4)])
  expect(readFileSync(logFiles[0], 'utf8')).toMatch(/^\n?\{/)
})

test('a disk that stands still costs lines, not memory', async () => {
  const { logFiles } = homePaths(temporaryFolder())
  const log = new LogFile(logFiles)
  for (let number = 0; number < 5_000; number++) log.write(line(number))
  await log.flush()
  log.write(line(5_000))
  await log.flush()
  const written = await lastLines(logFiles, 10_000, everything)
  expect(written).toContain(line(1_999))
  expect(written).not.toContain(line(2_000))
  expect(written.map(text => JSON.parse(text)).find(({ event }) => event === 'log lines lost')).toMatchObject({
    count: 3_000
  })
  expect(written.at(-1)).toBe(line(5_000))
})

test('a peer that floods gets a bounded part of the log, and what is left out is counted', () => {
  const node = new TypedEventEmitter<NodeEvents>()
  const lines: { event: string; fields: Record<string, unknown> | undefined }[] = []
  logTraffic(node, (_level, event, fields) => void lines.push({ event, fields }))
  const ask = (peerId: string) => node.safeDispatchEvent('request:end', { detail: { peerId, outcome: 'refused' } })
  for (let request = 0; request < 10_000; request++) ask('flood')
  ask('honest')
  expect(lines.length).toBeLessThan(200)
  expect(lines.at(-1)).toEqual({ event: 'request', fields: { peerId: 'honest', outcome: 'refused' } })
  const told = lines.filter(({ event }) => event === 'request').length - 1
  const untold = lines
    .filter(({ event }) => event.startsWith('requests not'))
    .map(({ fields }) => Number(fields?.count))
  expect(told + untold.reduce((a, b) => a + b, 0)).toBe(10_000)
})
