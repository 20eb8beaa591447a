/**
 * The machine that a node runs on, and whether its owner lets it work for others now.
 *
 * @packageDocumentation
 */
import type { NodeLog, SharingOptions } from '../options.ts'
import { Gatekeeper } from './gatekeeper.ts'
import { parseHours } from './hours.ts'
import { readDevice } from './read.ts'

export { Gatekeeper } from './gatekeeper.ts'
export type { DeviceState } from './state.ts'

/** The gatekeeper of a node, from its options. Throws `InvalidRequestError` for hours that are none. */
export function gatekeeper(
  options: SharingOptions,
  { log, onChange }: { log: NodeLog; onChange: () => void }
): Gatekeeper {
  const { when, device, onlyWhenIdle = false, notMetered = false, ...rest } = options
  return new Gatekeeper({
    rules: { ...rest, onlyWhenIdle, notMetered, ...(when !== undefined && { when: parseHours(when) }) },
    read: async () => await readDevice({ owner: onlyWhenIdle, metered: device?.isMetered === undefined }),
    ...(device && { known: device }),
    log,
    onChange
  })
}
