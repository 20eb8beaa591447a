import { type ControlServer, serveControl } from '../../gateway/control/server.ts'
import { socketApp } from '../../gateway/control/socket-app.ts'
import { parseApiAddress } from '../../gateway/server/address.ts'
import { type OpenGateway, prepareGateway } from '../../gateway/server/serve.ts'
import { throwIfAborted } from '../../interface/index.ts'
import { createNode } from '../create-node.ts'
import { openHome } from '../home/home-folder.ts'
import { loadIdentity } from '../home/identity.ts'
import { lockHome } from '../home/lock.ts'
import { openEngines } from './engines.ts'
import type { Daemon, DaemonOptions } from './options.ts'
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
  const { home, listen, bootstrap, mdns, label, allow, deny, denyProvider, log, signal } = options
  // Before anything is started: what the user got wrong should be said at once.
  const address = parseApiAddress(options.api)
  const prepared = address && (await prepareGateway(address, options))
  const paths = await openHome(home)
  let server: ControlServer | undefined
  // Whoever asked for the end sees it by this connection, so it is the last thing to go.
  undo.push(() => server?.close())
  let gateway: OpenGateway | undefined
  undo.push(() => gateway?.close())
  const lock = await lockHome(paths)
  undo.push(() => lock.release())
  // Before the engines: a bad key should not cost the loading of a model.
  await loadIdentity(paths.key)
  const engines = await openEngines({ ...options, stateDirectory: paths.stateDirectory })
  undo.push(() => engines.close())
  await engines.load(signal)
  throwIfAborted(signal)
  const node = await createNode({
    home: paths.home,
    engines: engines.list,
    ...(listen && { listen }),
    ...(bootstrap && { bootstrap }),
    ...(mdns !== undefined && { mdns }),
    ...(label !== undefined && { label }),
    requesters: { ...(allow && { allow }), ...(deny && { deny }) },
    ...(denyProvider && { providers: { deny: denyProvider } }),
    ...(log && { log })
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
  gateway = await prepared?.open(node, version)
  undo.push(() => gateway?.stopListening())
  const app = socketApp({ node, version, stop: () => void stop(), ...(log && { log }) })
  server = await serveControl(app, paths.socket)
  undo.push(() => server?.stopListening())
  const models = await node.localModels()
  return {
    ready: {
      peerId: node.peerId,
      addresses: addresses.map(address => withPeer(address, node.peerId)),
      models: models.map(({ name, digest }) => ({ name, digest })),
      ...(gateway && { api: gateway.url }),
      pid: process.pid
    },
    stopped: ended.promise,
    stop
  }
}

function withPeer(address: string, peerId: string): string {
  return address.endsWith(`/p2p/${peerId}`) ? address : `${address}/p2p/${peerId}`
}
