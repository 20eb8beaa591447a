import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expectWithin } from '../fault/support/within.ts'
import { newHome, PROGRAM } from './command.ts'

/** A network of its own with one interface that carries multicast, so that nothing leaves it. */
const NETWORK = [
  'ip link set lo up',
  'ip link add lan type veth peer name other',
  'ip link set other up',
  'ip addr add 10.77.0.1/24 dev lan',
  'ip link set lan up multicast on',
  'ip route add 224.0.0.0/4 dev lan'
].join(' && ')

const trial = spawnSync('unshare', ['-rn', 'sh', '-c', NETWORK], { encoding: 'utf8' })
const reason = trial.status === 0 ? undefined : `no network namespace: ${trial.error?.message ?? trial.stderr.trim()}`
if (reason !== undefined) console.warn(`skipped: ${reason}`)

const DEAD = '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'

test.skipIf(reason)(
  'case 28: with a dead bootstrap a process finds another one on the local network within 15 s',
  () => {
    const [provider, asker] = [newHome(), newHome()]
    const script = `
    ${NETWORK} || exit 90
    P2PAI_HOME=${provider} "$NODE" "$PROGRAM" serve --listen /ip4/10.77.0.1/tcp/0 > ${join(provider, 'log')} 2>&1 &
    for i in $(seq 600); do grep -q 'p2pai ready' ${join(provider, 'log')} && break; sleep 0.05; done
    export P2PAI_HOME=${asker} P2PAI_NETWORK_BOOTSTRAP=${DEAD}
    started=$(date +%s%3N)
    "$NODE" "$PROGRAM" ask --temperature 0 --timeout 60 "What is the capital of France?"
    code=$?
    echo "$(($(date +%s%3N) - started))" > ${join(asker, 'took')}
    kill %1; wait
    exit $code`
    const { status, stdout, stderr } = spawnSync('unshare', ['-rn', 'bash', '-c', script], {
      encoding: 'utf8',
      env: { ...process.env, NODE: process.execPath, PROGRAM, NO_COLOR: '1' }
    })
    expect({ status, stdout, stderr }).toMatchObject({ status: 0, stdout: 'The capital of France is Paris.\n' })
    const tookMs = Number(readFileSync(join(asker, 'took'), 'utf8'))
    console.log(`case 28: answered ${tookMs} ms after the start of a process that had only the local network`)
    expectWithin(tookMs, 15_000)
  }
)
