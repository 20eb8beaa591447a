import { type ModelControl, UnsupportedFeatureError } from '../../interface/index.ts'
import { HttpFailure } from '../failure.ts'
import type { Call, Gateway } from '../gateway.ts'

/**
 * Who may change what is on this machine's disk. `local`: programs that reach the gateway, which is open to this
 * machine alone. `key`: whoever knows the key. `nobody`: strangers reach the gateway, and there is no key.
 */
export type ModelChanges = 'local' | 'key' | 'nobody'

/** The models of this machine, for a caller that may change them. Throws `HttpFailure` (403) or `UnsupportedFeatureError`. */
export function modelControlFor(call: Call, { node, modelChanges }: Gateway): ModelControl {
  if (modelChanges === 'nobody') {
    throw new HttpFailure('forbidden', 'models are changed from their own machine, or with an API key (--api-key-file)')
  }
  // A page that may ask questions (--cors) was not given this machine's disk.
  if (modelChanges === 'local' && call.req.header('origin') !== undefined) {
    throw new HttpFailure('forbidden', 'web pages may not change models without an API key')
  }
  if (node.modelControl === undefined) throw new UnsupportedFeatureError('this node manages no models')
  return node.modelControl
}
