import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildOnce } from '../e2e/build.ts'
import { finished } from '../e2e/command.ts'
import { expectWithin } from './support/within.ts'

buildOnce()

/** `npm run prove` pulls the cable for 30 s. */
const CUT_MS = process.env.P2PAI_PROVE === '1' ? 30_000 : 1_000
const MAX_BACK_MS = 30_000
const PROGRAM = join(import.meta.dirname, 'support/moving-asker.ts')

const trial = spawnSync('unshare', ['-rn', 'unshare', '-n', 'true'], { encoding: 'utf8' })
const reason = trial.status === 0 ? undefined : `no network namespace: ${trial.error?.message ?? trial.stderr.trim()}`
if (reason !== undefined) console.warn(`skipped: ${reason}`)

test.skipIf(reason)(
  'case 29: a cable that was pulled and an address that changed are back within 30 s, adverts are new, and no request is made twice',
  {
    timeout: CUT_MS + 400_000
  },
  async () => {
    const child = spawn('unshare', ['-rn', process.execPath, PROGRAM, String(CUT_MS)], {
      stdio: ['ignore', 'pipe', 'pipe']
    })
    const { code, out, err } = await finished(child)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const { backMs, advertMs, movedMs, movedAdvertMs, ...rest } = JSON.parse(out)
    console.log(
      `case 29: the cable was out for ${CUT_MS} ms; an answer ${Math.round(backMs)} ms and an advert ${Math.round(advertMs)} ms later. ` +
        `With another address a connection ${Math.round(movedMs)} ms and an advert ${Math.round(movedAdvertMs)} ms later`
    )
    expect(rest).toEqual({ before: true, afterCut: true, afterMove: true, asked: 3, got: 3 })
    for (const tookMs of [backMs, movedMs]) expectWithin(tookMs, MAX_BACK_MS)
    // A provider that is alone speaks once a minute at least.
    for (const tookMs of [advertMs, movedAdvertMs]) expectWithin(tookMs, 2 * MAX_BACK_MS)
  }
)
