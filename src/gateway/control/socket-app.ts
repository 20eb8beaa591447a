import { gatewayApp } from '../app.ts'
import type { GatewayLog } from '../gateway.ts'
import type { GatewayMetrics } from '../metrics/gateway-metrics.ts'
import { openMetrics } from '../metrics/open.ts'
import { type ControlAppInit, controlApp } from './app.ts'
import { CONTROL_BASE } from './wire.ts'

/** What answers on the control socket. */
export interface SocketApp {
  fetch(request: Request, env?: unknown): Response | Promise<Response>
}

/** What `socketApp` takes. */
export interface SocketAppInit extends ControlAppInit {
  /** @default its own, made when the gateway is asked for the first time */
  metrics?: GatewayMetrics
  log?: GatewayLog
}

/**
 * The daemon's control interface, and beside it everything that the gateway serves: for programs of this user that
 * would rather have a socket than a port. No page and no other user reaches it, so there is no key.
 */
export function socketApp({ metrics, log, ...init }: SocketAppInit): SocketApp {
  const control = controlApp(init)
  let gateway: Promise<SocketApp> | undefined
  const open = async (): Promise<SocketApp> => {
    const { node, version } = init
    const own = { policy: 'any' as const, cors: [], port: () => 0 }
    const counts = metrics ?? (await openMetrics())
    return gatewayApp({ node, version, own, metrics: counts.watch(node), modelChanges: 'local', ...(log && { log }) })
  }
  return {
    async fetch(request, env) {
      const { pathname } = new URL(request.url)
      if (pathname.startsWith(`${CONTROL_BASE}/`)) return await control.fetch(request, env)
      gateway ??= open()
      return await (await gateway).fetch(request, env)
    }
  }
}
