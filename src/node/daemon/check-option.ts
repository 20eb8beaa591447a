import { checkOrigins } from '../../gateway/guard/cors.ts'
import { parseApiAddress } from '../../gateway/server/address.ts'
import { baseUrl } from '../../inference/openai-upstream/base-url.ts'
import { InvalidRequestError } from '../../interface/index.ts'
import { isAdvertText, MAX_LABEL_LENGTH } from '../../protocols/capabilities/index.ts'
import { AUDIT_MODES } from '../../routing/audit/auditor.ts'
import { policyOf } from '../../routing/index.ts'
import { parseHours } from '../device/hours.ts'
import { parsePeerAddress } from '../dial.ts'
import { parseListenAddress } from '../listen.ts'
import { peerIds } from '../requesters.ts'
import type { DaemonOptions } from './options.ts'
import { checkFeatures } from './upstream.ts'

type Check = (text: string) => unknown
const peer =
  (field: string): Check =>
  text =>
    peerIds([text], field)

/** Of the options that are texts those of which not every text is one. */
const CHECKS: { [Name in keyof DaemonOptions]?: Check } = {
  listen: parseListenAddress,
  bootstrap: text => parsePeerAddress(text, 'bootstrap'),
  label(text) {
    if (!isAdvertText(text, MAX_LABEL_LENGTH))
      throw wrong(`a name has at most ${MAX_LABEL_LENGTH} printable characters`)
  },
  upstream: baseUrl,
  upstreamFeatures: text => checkFeatures([text]),
  api: parseApiAddress,
  cors: text => checkOrigins([text]),
  allow: peer('allow'),
  deny: peer('deny'),
  denyProvider: peer('deny-provider'),
  when: parseHours,
  policy: policyOf,
  audits(text) {
    if (!AUDIT_MODES.includes(text)) throw wrong(`must be one of ${AUDIT_MODES.join(', ')}`)
  }
}

/**
 * Checks one text of an option, or of its list, as the start of a daemon would. What can only be known then, such as
 * whether a port is free, is not looked at. Throws `InvalidRequestError` or `InvalidAddressError`.
 */
export function checkDaemonOption(name: keyof DaemonOptions, text: string): void {
  CHECKS[name]?.(text)
}

function wrong(message: string): InvalidRequestError {
  return new InvalidRequestError(message)
}
