import { gatewayApp } from '../app.ts'
import type { GatewayLog } from '../gateway.ts'
import { type ControlAppInit, controlApp } from './app.ts'
import { CONTROL_BASE } from './wire.ts'

/** What answers on the control socket. */
export interface SocketApp {
  fetch(request: Request, env?: unknown): Response | Promise<Response>
}

/**
 * The daemon's control interface, and beside it everything that the gateway serves: for programs of this user that
 * would rather have a socket than a port. No page and no other user reaches it, so there is no key.
 */
export function socketApp({ log, ...init }: ControlAppInit & { log?: GatewayLog }): SocketApp {
  const control = controlApp(init)
  const { node, version } = init
  const own = { policy: 'any' as const, cors: [], port: () => 0 }
  const gateway = gatewayApp({ node, version, own, ...(log && { log }) })
  return {
    fetch(request, env) {
      const { pathname } = new URL(request.url)
      return pathname.startsWith(`${CONTROL_BASE}/`)
        ? control.fetch(request, env)
        : gateway.fetch(request, env as object)
    }
  }
}
