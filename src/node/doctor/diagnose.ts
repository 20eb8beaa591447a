import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DaemonClient } from '../../gateway/control/client.ts'
import { type DiscoveryReport, throwIfAborted, timeLimit, toP2paiError } from '../../interface/index.ts'
import { createNode, type P2paiNode } from '../create-node.ts'
import { homePaths } from '../home/paths.ts'
import { checkEngine } from './engine.ts'
import { type Check, type Finding, fail } from './finding.ts'
import { findGpus } from './gpu.ts'
import { checkDaemon, checkHome } from './home.ts'
import { machineChecks } from './machine.ts'
import { checkAddresses, checkBootstrap, checkDiscovery } from './network.ts'
import { checkGatewayPort, checkPorts } from './ports.ts'

/** One check that hangs must not keep the others from being told. A first load of the engine may take long. */
const CHECK_TIMEOUT_MS = 60_000
/** A node of its own looks around for this long; one that finds somebody on every way is done before. */
const LOOK_AROUND_MS = 3_000
const LOOK_POLL_MS = 100

/** What `diagnose` takes. */
export interface DiagnoseOptions {
  /** @default `P2PAI_HOME`, else the system's folder for data */
  home?: string
  /** Addresses that must be reached, without a daemon; a daemon has its own. @default none */
  bootstrap?: string[]
  /** Without a daemon: look on the local network. @default true */
  mdns?: boolean
  /** Where the HTTP gateway is to listen, as in `DaemonOptions`. */
  api?: string
  signal?: AbortSignal
}

/**
 * Looks at everything that p2pai needs, and gives what it finds one by one. Starts a node for a moment when no daemon
 * runs. Nothing in the home is changed. Throws `AbortedError` alone.
 */
export async function* diagnose(options: DiagnoseOptions = {}): AsyncGenerator<Finding> {
  const { home, api, signal = new AbortController().signal } = options
  for (const check of machineChecks(home)) yield* await looked('machine', check, signal)
  let gpus: string[] = []
  const findCards = async (): Promise<Finding[]> => {
    const { finding, usable } = await findGpus()
    gpus = usable
    return [finding]
  }
  yield* await looked('gpu', findCards, signal)
  const found = await looked('home', () => checkHome(home), signal)
  yield* found
  let daemon: DaemonClient | undefined
  const findDaemon = async (): Promise<Finding[]> => {
    const answered = await checkDaemon(home)
    daemon = answered.daemon
    return [answered.finding]
  }
  yield* await looked('daemon', findDaemon, signal)
  const running = daemon
  if (running !== undefined) yield* await looked('network', () => ofDaemon(running), signal)
  else {
    yield* await looked('ports', async () => [await checkPorts(), await checkGatewayPort(api)], signal)
    // With a key that cannot be used there is no node.
    if (found.every(({ status }) => status !== 'fail')) {
      yield* await looked('network', within => ofOwnNode(options, within), signal)
    }
  }
  yield* await looked('engine', async within => [await checkEngine(within, gpus)], signal)
}

/** What a check finds; that it broke, or took too long, is a finding too. */
async function looked(name: string, check: Check, signal: AbortSignal): Promise<Finding[]> {
  throwIfAborted(signal)
  const within = AbortSignal.any([signal, timeLimit(CHECK_TIMEOUT_MS)])
  const late = Promise.withResolvers<never>()
  const end = (): void => late.reject(within.reason)
  within.addEventListener('abort', end)
  try {
    return await Promise.race([check(within), late.promise])
  } catch (error) {
    throwIfAborted(signal)
    const says = within.aborted ? `no result within ${CHECK_TIMEOUT_MS / 1000} s` : toP2paiError(error).message
    return [fail(name, says, 'run it again with P2PAI_DEBUG=1, and report what it says')]
  } finally {
    within.removeEventListener('abort', end)
  }
}

async function ofDaemon(daemon: DaemonClient): Promise<Finding[]> {
  const report = await daemon.discovery()
  const { addresses } = await daemon.status()
  const reached = report.bootstrap.map(({ address }) => reach(address, () => daemon.connect(address)))
  return [checkAddresses(addresses), ...(await Promise.all(reached)), ...checkDiscovery(report, true)]
}

async function ofOwnNode(
  { home, bootstrap = [], mdns = true }: DiagnoseOptions,
  signal: AbortSignal
): Promise<Finding[]> {
  const paths = homePaths(home)
  await using node = await createNode({ profile: 'client', mdns, bootstrap, ...savedHome(paths.key, paths.home) })
  const reached = bootstrap.map(address => reach(address, () => node.connect(address)))
  const report = await lookAround(node, signal)
  return [...(await Promise.all(reached)), ...checkDiscovery(report, false)]
}

/** The home only where it has a key already: looking must not make one. */
function savedHome(key: string, home: string): { home?: string } {
  return existsSync(key) ? { home } : {}
}

async function lookAround(node: P2paiNode, signal: AbortSignal): Promise<DiscoveryReport> {
  const hasAll = ({ mdns, saved, dht, connections }: DiscoveryReport): boolean =>
    connections > 0 && dht.peers > 0 && (!mdns.enabled || mdns.peers > 0) && (saved.peers === 0 || saved.connected > 0)
  for (let waitedMs = 0; waitedMs < LOOK_AROUND_MS && !signal.aborted; waitedMs += LOOK_POLL_MS) {
    if (hasAll(node.discovery())) break
    await sleep(LOOK_POLL_MS)
  }
  return node.discovery()
}

async function reach(address: string, connect: () => Promise<unknown>): Promise<Finding> {
  try {
    await connect()
    return checkBootstrap(address, undefined)
  } catch (error) {
    return checkBootstrap(address, toP2paiError(error).message)
  }
}
