import { type ControlServer, serveControl } from '../../gateway/control/server.ts'
import { socketApp } from '../../gateway/control/socket-app.ts'
import { parseApiAddress } from '../../gateway/server/address.ts'
import { type OpenGateway, type PreparedGateway, prepareGateway } from '../../gateway/server/serve.ts'
import { throwIfAborted, toP2paiError } from '../../interface/index.ts'
import { createNode } from '../create-node.ts'
import { openHome } from '../home/home-folder.ts'
import { loadIdentity } from '../home/identity.ts'
import { lockHome } from '../home/lock.ts'
import type { HomePaths } from '../home/paths.ts'
import { ENOUGH_OPEN_FILES, openFileLimit } from '../open-files.ts'
import type { NodeLog } from '../options.ts'
import { admission, peerIds } from '../requesters.ts'
import { type DaemonLog, logPeers, logTraffic, openDaemonLog } from './daemon-log.ts'
import { openEngines } from './engines.ts'
import { libp2pLog } from './libp2p-log.ts'
import { countLibp2p, countTraffic } from './metrics.ts'
import type { Daemon, DaemonOptions, DaemonReady } from './options.ts'
import { UndoStack } from './undo.ts'

/** How long running answers may go on after the daemon was told to stop. */
const DRAIN_TIMEOUT_MS = 10_000

/**
 * Starts the daemon of a home: lock, key, engines, node, gateway, control socket, in this order. What fails undoes all
 * before. Throws `InvalidRequestError`, `DaemonRunningError`, `InvalidKeyError`, `HomeUnusableError`, `AddressInUseError`, and what engines throw.
 */
export async function startDaemon(options: DaemonOptions = {}): Promise<Daemon> {
  const undo = new UndoStack()
  try {
    return await start(options, undo)
  } catch (error) {
    await undo.run()
    throw error
  }
}

async function start(options: DaemonOptions, undo: UndoStack): Promise<Daemon> {
  // Before anything is started: what the user got wrong should be said at once.
  const address = parseApiAddress(options.api)
  const { allow, deny, denyProvider = [] } = options
  admission({ ...(allow && { allow }), ...(deny && { deny }) })
  peerIds(denyProvider, 'deny-provider')
  let log: DaemonLog | undefined
  const prepared = address && (await prepareGateway(address, { ...options, log: (...line) => log?.all(...line) }))
  const paths = await openHome(options.home)
  const doors: Doors = {}
  // Whoever asked for the end sees it by this connection, so it is the last thing to go.
  undo.push(() => doors.server?.close())
  undo.push(() => doors.gateway?.close())
  const lock = await lockHome(paths)
  undo.push(() => lock.release())
  log = openDaemonLog(paths.logFiles, options.logLevel ?? 'info', options.log)
  undo.push(() => {
    log?.file('info', 'stopped')
    return log?.flush()
  })
  try {
    return await open({ options, undo, paths, prepared, doors, log })
  } catch (error) {
    const { code, message } = toP2paiError(error)
    log.file('error', 'start failed', { code, error: message })
    throw error
  }
}

/** When and at what price this machine works for others, and how it chooses who works for it. */
function sharingOf(options: DaemonOptions) {
  const { when, maxLoad, minBattery, onlyWhenIdle, notMetered, price, maxPrice, budget, policy, audits } = options
  return {
    sharing: {
      ...(when !== undefined && { when }),
      ...(maxLoad !== undefined && { maxLoad }),
      ...(minBattery !== undefined && { minBatteryPercent: minBattery }),
      ...(onlyWhenIdle && { onlyWhenIdle }),
      ...(notMetered && { notMetered })
    },
    ...(price !== undefined && { pricePerKiloToken: price }),
    spending: {
      ...(maxPrice !== undefined && { maxPricePerKiloToken: maxPrice }),
      ...(budget !== undefined && { budgetPerDay: budget })
    },
    ...(policy !== undefined && { policy }),
    ...(audits !== undefined && { audits })
  }
}

/** What answers this machine. */
interface Doors {
  server?: ControlServer
  gateway?: OpenGateway
}

interface Opening {
  options: DaemonOptions
  undo: UndoStack
  paths: HomePaths
  prepared: PreparedGateway | undefined
  doors: Doors
  log: DaemonLog
}

/** The part of the start in which the home is ours. */
async function open({ options, undo, paths, prepared, doors, log }: Opening): Promise<Daemon> {
  const { listen, bootstrap, mdns, label, allow, deny, denyProvider, signal } = options
  await warnOfFewFiles(log.all)
  // Before the engines: a bad key should not cost the loading of a model.
  await loadIdentity(paths.key)
  const engines = await openEngines({ ...options, log: log.all, stateDirectory: paths.stateDirectory })
  undo.push(() => engines.close())
  throwIfAborted(signal)
  const metrics = prepared?.metrics
  const node = await createNode({
    home: paths.home,
    libp2p: {
      ...(metrics && (await countLibp2p(metrics.registry, paths.home))),
      // Whoever sets DEBUG wants libp2p's own way of telling.
      ...(!process.env.DEBUG && { logger: libp2pLog(log.file, () => log.levels.wants('debug', 'libp2p')) })
    },
    engines: engines.list,
    modelControl: engines.control,
    ...(listen && { listen }),
    ...(bootstrap && { bootstrap }),
    ...(mdns !== undefined && { mdns }),
    ...(label !== undefined && { label }),
    requesters: { ...(allow && { allow }), ...(deny && { deny }) },
    ...(denyProvider && { providers: { deny: denyProvider } }),
    ...sharingOf(options),
    log: log.all
  })
  undo.push(() => node.stop(DRAIN_TIMEOUT_MS))
  throwIfAborted(signal)
  let stopping: Promise<void> | undefined
  const ended = Promise.withResolvers<void>()
  const stop = (): Promise<void> => {
    stopping ??= undo.run()
    ended.resolve(stopping)
    return stopping
  }
  const { version, addresses } = node.status()
  const gateway = await prepared?.open(node, version)
  if (gateway) doors.gateway = gateway
  undo.push(() => gateway?.stopListening())
  const app = socketApp({
    ...{ node, version, stop: () => void stop(), logLevels: log.levels },
    ...{ ...(metrics && { metrics }), log: log.all }
  })
  const server = await serveControl(app, paths.socket)
  doors.server = server
  undo.push(() => server.stopListening())
  const models = await node.localModels()
  engines.watch()
  const ready: DaemonReady = {
    peerId: node.peerId,
    addresses: addresses.map(address => withPeer(address, node.peerId)),
    models: models.map(({ name, digest }) => ({ name, digest })),
    ...(gateway && { api: gateway.url }),
    pid: process.pid
  }
  logTraffic(node, log.file)
  logPeers(node, log.file)
  if (metrics) await countTraffic(node, metrics.registry)
  log.file('info', 'ready', { version, ...ready })
  undo.push(() => log.file('info', 'stopping'))
  return {
    ready,
    log: log.all,
    stopped: ended.promise,
    stop
  }
}

function withPeer(address: string, peerId: string): string {
  return address.endsWith(`/p2p/${peerId}`) ? address : `${address}/p2p/${peerId}`
}

async function warnOfFewFiles(log: NodeLog): Promise<void> {
  const limit = await openFileLimit()
  if (limit === undefined || limit >= ENOUGH_OPEN_FILES) return
  log('warn', 'few files may be open, so that connections may be refused', {
    limit,
    fix: `ulimit -n ${4 * ENOUGH_OPEN_FILES}`
  })
}
