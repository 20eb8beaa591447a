import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { finished, newHome, PROGRAM } from '../e2e/command.ts'

/** Of util-linux. */
const UNSHARE = 'unshare'
const skip = spawnSync(UNSHARE, ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt']).status !== 0
if (skip) console.warn('skipped: no namespace with a small disk can be made here (unshare -rm, mount)')

const SCRIPT = `
mount -t tmpfs -o size=1m none "$DISK" && cd /
p2pai() { "$NODE" "$PROGRAM" "$@"; echo "rc $?"; }
mkdir -m 700 "$DISK/home" "$DISK/new"
export P2PAI_HOME="$DISK/home"
p2pai config set ask.max-tokens 50 >"$DISK/out"
p2pai ask --local "What is the capital of France?" >"$DISK/out"
dd if=/dev/zero of="$DISK/fill" bs=1k 2>"$DISK/out"
exec 2>&1
p2pai config set ask.temperature 0.5
p2pai config get ask.max-tokens
p2pai ask --local "What is the capital of France?"
P2PAI_HOME="$DISK/new" p2pai id
ls "$DISK/new"
p2pai serve --no-model --no-mdns --listen /ip4/127.0.0.1/tcp/0 --api off
p2pai ledger
rm "$DISK/fill"
p2pai config set ask.temperature 0.5
p2pai config get ask.max-tokens
p2pai ask -c --local "And of Italy?"
p2pai sessions --json
`

test.skipIf(skip)(
  'case 37: on a full disk nothing is cut, answers are given, and all goes on when there is room',
  {
    timeout: 120_000
  },
  async () => {
    const disk = join(newHome(), 'disk')
    mkdirSync(disk)
    const env = { ...process.env, NO_COLOR: '1', DISK: disk, NODE: process.execPath, PROGRAM }
    const { out } = await finished(
      spawn(UNSHARE, ['-rm', 'sh', '-c', SCRIPT], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    )
    const [config, kept, asked, key, serving, ledger, later, still, went, sessions] = out.split(/^rc /m)
    expect(config).toMatch(/^p2pai: cannot write .*config\.json: the disk is full\n$/)
    expect(kept).toMatch(/^1\n50\n$/)
    expect(asked).toContain('The capital of France is Paris.')
    expect(asked).toMatch(/the conversation is not kept: /)
    expect(key).toMatch(/^0\np2pai: cannot write the key .*: the disk is full\n$/)
    // No half a key, which would be another identity, or none, for ever.
    expect(serving).toMatch(/^1\np2pai: cannot write [^\n]*: the disk is full\n$/)
    expect(ledger).toMatch(/^1\np2pai: [^\n]*disk[^\n]*\n$/)
    expect(later).toMatch(/^1\nask\.temperature is set/)
    expect(still).toMatch(/^0\n50\n$/)
    expect(went).toContain('Rome.')
    expect(sessions).toContain('"What is the capital of France?"')
  }
)
