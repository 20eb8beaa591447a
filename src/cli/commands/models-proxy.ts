import http from 'node:http'
import type { Terminal } from '../output/terminal.ts'

const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy']

/** Lets this process fetch through the proxies of the environment, `NO_PROXY` respected. */
export function useProxies({ note, paint }: Terminal, environment: NodeJS.ProcessEnv = process.env): void {
  const wanted = VARIABLES.some(name => environment[name])
  // With the variable Node has done it itself, before our first line ran.
  if (!wanted || environment.NODE_USE_ENV_PROXY === '1') return
  if ('setGlobalProxyFromEnv' in http) http.setGlobalProxyFromEnv(environment)
  else note(paint('yellow', 'this Node.js uses the proxy of the environment only with NODE_USE_ENV_PROXY=1'))
}
