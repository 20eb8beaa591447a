import { DEFAULT_PORT as GATEWAY_PORT, parseApiAddress } from '../../gateway/server/address.ts'
import { listenAddresses, tryPort } from '../listen.ts'
import { DEFAULT_PORT } from '../profiles.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** Whether the next daemon gets the ports that others expect. */
export async function checkPorts(): Promise<Finding> {
  const [first = ''] = await listenAddresses(undefined)
  const port = Number(/\/tcp\/(\d+)/.exec(first)?.[1])
  if (port === DEFAULT_PORT) return ok('ports', `${DEFAULT_PORT} is free for the daemon`)
  return warn(
    'ports',
    `${DEFAULT_PORT} is taken; the daemon would take ${port}`,
    'end what has it, or set serve.listen'
  )
}

/** Whether clients will find the HTTP gateway where they expect it. */
export async function checkGatewayPort(api?: string): Promise<Finding> {
  const address = parseApiAddress(api)
  if (address === undefined) return ok('gateway', 'off, by setting')
  const { host, port, isNamed } = address
  const problem = port === 0 ? undefined : await tryPort(host, port)
  if (problem === undefined) return ok('gateway', `${host}:${port} is free for it`)
  if (isNamed) return fail('gateway', `${host}:${port} cannot be had: ${problem}`, 'end what has it, or set serve.api')
  const fix = 'end what has it, or tell your clients the port that serve names'
  return warn('gateway', `${GATEWAY_PORT} is taken; the HTTP gateway would take the next free port`, fix)
}
