import { listenAddresses } from '../listen.ts'
import { DEFAULT_PORT } from '../profiles.ts'
import { type Finding, ok, warn } from './finding.ts'

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
