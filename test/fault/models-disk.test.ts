import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { finished, PROGRAM } from '../e2e/command.ts'
import { environment, modelData, newFolder } from '../unit/models/fixtures.ts'
import { HubServer } from '../unit/models/hub-server.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Of util-linux. */
const UNSHARE = 'unshare'
const unshared = spawnSync(UNSHARE, ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt'])
const skip = unshared.status !== 0
if (skip) console.warn('skipped: no namespace with a small disk can be made here (unshare -rm, mount)')

/** Runs a script with `$DISK` on a file system of 1 MiB. */
async function onSmallDisk(script: string, env: Record<string, string>) {
  const disk = join(newFolder(), 'disk')
  mkdirSync(disk)
  const child = spawn(UNSHARE, ['-rm', 'sh', '-c', `mount -t tmpfs -o size=1m none "$DISK" && cd / && ${script}`], {
    env: { ...process.env, NO_COLOR: '1', ...env, DISK: disk, NODE: process.execPath, PROGRAM },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  return await finished(child)
}

async function hubWith(sizeBytes: number): Promise<HubServer> {
  const hub = await HubServer.start({ 'a/b-GGUF/b-Q8_0.gguf': { data: modelData(sizeBytes) } })
  onTestFinished(() => hub.stop())
  return hub
}

test.skipIf(skip)('case 37: no room is said in one line before a byte is fetched, and nothing stays', async () => {
  const hub = await hubWith(4 << 20)
  const script = `mkdir -m 700 "$DISK/home" && P2PAI_HOME="$DISK/home" "$NODE" "$PROGRAM" models pull hf:a/b-GGUF; echo "code $?"
    find "$DISK/home/models" -type f -not -name '*.lock'`
  const { out, err } = await onSmallDisk(script, environment(newFolder(), hub.endpoint))
  expect(out).toBe('code 1\n')
  expect(err).toMatch(
    /^p2pai: no room for b-Q8_0\.gguf: it needs 4\.0 MiB and 1 GiB besides, but only [^\n]+ free in [^\n]+\n$/
  )
  expect(hub.ranges).toEqual([])
})

test.skipIf(skip)('case 37: a disk that fills up while a file comes is said, and what came is kept', async () => {
  const hub = await hubWith(4 << 20)
  // The check before would refuse it; a disk may be filled by others meanwhile.
  const program = `
    import { hubFile } from '${ROOT}/src/inference/models/remote-file.ts'
    import { hubSettings } from '${ROOT}/src/inference/models/settings.ts'
    import { PartFile } from '${ROOT}/src/inference/models/part-file.ts'
    import { fetchRange } from '${ROOT}/src/inference/models/fetch-range.ts'
    const source = { kind: 'hub', repository: 'a/b-GGUF', revision: 'main', file: 'b-Q8_0.gguf' }
    const remote = await hubFile(source, hubSettings())
    const open = () => PartFile.open(process.env.DISK + '/x', remote)
    const part = await open()
    const line = { remote, part, onBytes() {} }
    let failed
    for (const range of part.ranges) {
      await fetchRange(line, range, new AbortController().signal).catch(error => { failed ??= error })
      if (failed) break
    }
    await part.close().catch(() => undefined)
    const again = await open()
    console.log(JSON.stringify({ code: failed.code, message: failed.message, keptBytes: remote.sizeBytes - again.missingBytes }))`
  const script = '"$NODE" --disable-warning=ExperimentalWarning --input-type=module-typescript -e "$SCRIPT"'
  const { out, err, code } = await onSmallDisk(script, { ...environment(newFolder(), hub.endpoint), SCRIPT: program })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const result = JSON.parse(out)
  expect(result).toMatchObject({ code: 'disk_full', message: expect.stringMatching(/^the disk is full: .*goes on$/) })
  expect(result.keptBytes).toBeGreaterThan(0)
})

test.skipIf(skip)(
  'case 37: models pull on a disk that fills up ends with one line, and goes on when there is room',
  async () => {
    const sizeBytes = 8 << 20
    const hub = await hubWith(sizeBytes)
    hub.faults = { pieceMs: 2 }
    const disk = join(newFolder(), 'disk')
    mkdirSync(disk)
    // Others take the room when the test says so: it waits for the first bytes.
    const script = `mount -t tmpfs -o size=2g none "$DISK" && cd / && mkdir -m 700 "$P2PAI_HOME"
    "$NODE" "$PROGRAM" models pull hf:a/b-GGUF & read word; mount -o remount,size=4m none "$DISK"
    wait $!; echo "code $?"; find "$P2PAI_HOME/models" -name '*.gguf'; mount -o remount,size=2g none "$DISK"; echo room
    "$NODE" "$PROGRAM" models pull hf:a/b-GGUF; echo "code $?"`
    const child = spawn(UNSHARE, ['-rm', 'sh', '-c', script], {
      env: {
        ...{
          ...process.env,
          ...environment(newFolder(), hub.endpoint),
          NO_COLOR: '1',
          NODE: process.execPath,
          PROGRAM
        },
        ...{ DISK: disk, P2PAI_HOME: join(disk, 'home') }
      },
      stdio: ['pipe', 'pipe', 'pipe']
    })
    let sentBytes = 0
    hub.onSent = bytes => {
      sentBytes += bytes
      if (sentBytes >= 1 << 20 && child.stdin?.writable) child.stdin.end('\n')
    }
    child.stdout?.on('data', text => {
      if (!String(text).includes('room')) return
      hub.faults = {}
      hub.sent.length = 0
    })
    const { out, err } = await finished(child)
    expect(out).toMatch(/^code 1\nroom\n\S+ is installed \([^\n]+\ncode 0\n$/)
    expect(err).toMatch(/^p2pai: the disk is full: [^\n]+; what was fetched is kept, and the next try goes on\n$/)
    const again = hub.sent.reduce((sum, { bytes }) => sum + bytes, 0)
    expect(again).toBeGreaterThan(0)
    expect(again).toBeLessThan(sizeBytes - (1 << 20))
  }
)
