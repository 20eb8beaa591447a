import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { SocketApp } from './socket-app.ts'

/** The control interface, open on its socket. */
export interface ControlServer {
  /** Takes no more calls and removes the socket. Calls under way go on. */
  stopListening(): Promise<void>
  /** Ends the calls that are still under way. */
  close(): void
}

/**
 * Opens the control socket, for this user alone. Call it only while holding the home's lock: a socket file that is
 * there is then a dead daemon's, and is removed.
 */
export async function serveControl(app: SocketApp, socket: string): Promise<ControlServer> {
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server
  // Whoever holds the socket is this user: no slow-reader guards, and an answer may take as long as it takes.
  server.requestTimeout = 0
  if (process.platform !== 'win32') await rm(socket, { force: true })
  listenPrivately(server, socket)
  await once(server, 'listening')
  if (process.platform !== 'win32') await chmod(socket, 0o600)
  return {
    async stopListening() {
      if (!server.listening) return
      server.close()
      if (process.platform !== 'win32') await rm(socket, { force: true })
    },
    close: () => server.closeAllConnections()
  }
}

/** The socket is made within `listen`, so the mask closes the moment before `chmod`. */
function listenPrivately(server: Server, socket: string): void {
  const mask = process.umask(0o177)
  try {
    server.listen(socket)
  } finally {
    process.umask(mask)
  }
}
