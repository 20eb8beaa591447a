import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
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

test.skipIf(reason)('two processes without any address find each other on the local network', () => {
  const [provider, asker] = [newHome(), newHome()]
  const script = `
    ${NETWORK} || exit 90
    P2PAI_HOME=${provider} "$NODE" "$PROGRAM" serve --listen /ip4/10.77.0.1/tcp/0 > ${join(provider, 'log')} 2>&1 &
    for i in $(seq 600); do grep -q 'p2pai ready' ${join(provider, 'log')} && break; sleep 0.05; done
    P2PAI_HOME=${asker} "$NODE" "$PROGRAM" ask --temperature 0 --timeout 20 "What is the capital of France?"
    code=$?
    kill %1; wait
    exit $code`
  const { status, stdout, stderr } = spawnSync('unshare', ['-rn', 'bash', '-c', script], {
    encoding: 'utf8',
    env: { ...process.env, NODE: process.execPath, PROGRAM, NO_COLOR: '1' }
  })
  expect({ status, stdout, stderr }).toMatchObject({ status: 0, stdout: 'The capital of France is Paris.\n' })
})
