import type { AddressInfo } from 'node:net'
import { InvalidRequestError, type NodeControl } from '../../interface/index.ts'
import { gatewayApp } from '../app.ts'
import type { GatewayLog } from '../gateway.ts'
import { KeyCheck, readKeyFile } from '../guard/api-key.ts'
import { checkOrigins } from '../guard/cors.ts'
import type { HostPolicy } from '../guard/own-address.ts'
import type { GatewayMetrics } from '../metrics/gateway-metrics.ts'
import { openMetrics } from '../metrics/open.ts'
import { type ApiAddress, isLoopback, urlOf } from './address.ts'
import { openServer } from './http-server.ts'

/** Who may reach the gateway, and where. */
export interface GatewayOptions {
  /** File whose first line is the key that clients must send. @default none is needed */
  apiKeyFile?: string
  /** Listen for other machines without a key. @default false */
  insecure?: boolean
  /** Pages that may call, as origins. @default none */
  cors?: readonly string[]
  /** Silence after which a client that waits gets a sign of life, in milliseconds. @default 10000 */
  keepAliveMs?: number
  log?: GatewayLog
}

/** A gateway that has not begun to listen: everything that the user can have got wrong has been checked. */
export interface PreparedGateway {
  /** What the gateway counts, and room for more. */
  readonly metrics: GatewayMetrics
  /** Opens the port for a node. Throws `AddressInUseError`. */
  open(node: NodeControl, version: string): Promise<OpenGateway>
}

/** A gateway that listens. */
export interface OpenGateway {
  /** Its address, without a slash at the end. */
  readonly url: string
  /** Takes no more connections. Answers under way go on. */
  stopListening(): void
  /** Ends what is still under way. */
  close(): void
}

/**
 * Checks the options before anything is started. Throws `InvalidRequestError`: a key is needed where other machines
 * reach the address, since whoever reaches it uses this machine's and the network's models.
 */
export async function prepareGateway(address: ApiAddress, options: GatewayOptions = {}): Promise<PreparedGateway> {
  const cors = checkOrigins(options.cors ?? [])
  const key = options.apiKeyFile === undefined ? undefined : new KeyCheck(await readKeyFile(options.apiKeyFile))
  const policy = policyOf(address.host, key !== undefined, options.insecure ?? false)
  const metrics = await openMetrics()
  return {
    metrics,
    async open(node, version) {
      let port = 0
      const own = { policy, cors, port: () => port }
      metrics.watch(node)
      const app = gatewayApp({
        node,
        version,
        own,
        metrics,
        ...(key && { key }),
        modelChanges: key !== undefined ? 'key' : policy === 'loopback' ? 'local' : 'nobody',
        ...(options.keepAliveMs !== undefined && { keepAliveMs: options.keepAliveMs }),
        ...(options.log && { log: options.log })
      })
      const opened = await openServer(app.fetch, address)
      port = (opened.address() as AddressInfo).port
      return {
        url: urlOf(address.host, port),
        stopListening() {
          if (opened.listening) opened.close()
        },
        close: () => opened.closeAllConnections()
      }
    }
  }
}

function policyOf(host: string, hasKey: boolean, insecure: boolean): HostPolicy {
  if (isLoopback(host)) return 'loopback'
  if (hasKey) return 'any'
  if (insecure) return 'address'
  throw new InvalidRequestError(`other machines reach ${host}: give --api-key-file, or --insecure to serve everybody`, {
    details: { field: 'api' }
  })
}
