import { InvalidRequestError, nearestNames } from '../../../src/interface/index.ts'
import { POLICY_NAMES, policyOf } from '../../../src/routing/index.ts'
import type { SimArm } from './arm.ts'
import { bestPredicted, leastLoaded, sticky } from './by-advert.ts'
import { quoteOnly } from './by-quote.ts'
import { peakEwma } from './ewma.ts'
import { fastest } from './fastest.ts'
import { prequal } from './prequal.ts'
import { clairvoyant, oracle } from './references.ts'

/** Arms that are no shipped policies. Some keep a state, so that each run makes its own. */
const ARMS: Record<string, () => SimArm> = {
  oracle: () => oracle,
  clairvoyant: () => clairvoyant,
  'registry-lru': () => ({ name: 'registry-lru', sees: 'all', policy: policyOf('lru'), isRegistry: true }),
  'least-loaded': () => ({ name: 'least-loaded', sees: 'all', policy: leastLoaded }),
  p2c: () => ({ name: 'p2c', sees: 2, policy: leastLoaded }),
  ewma: peakEwma,
  fastest: () => fastest,
  'best-of-all': () => ({ name: 'best-of-all', sees: 'all', policy: bestPredicted }),
  'best-of-24': () => ({ name: 'best-of-24', sees: 24, policy: bestPredicted }),
  'sticky-24': () => ({ name: 'sticky-24', sees: 24, keepsLast: true, policy: sticky }),
  prequal: () => prequal('pool'),
  'prequal-sync': () => prequal('sync'),
  'quote-2': () => ({ name: 'quote-2', sees: 2, policy: quoteOnly('quote-2', 2, false) }),
  'quote-4-of-24': () => ({
    name: 'quote-4-of-24',
    sees: 24,
    keepsLast: true,
    policy: quoteOnly('quote-4-of-24', 4, true)
  })
}

const NAMES = [...POLICY_NAMES, ...Object.keys(ARMS)]

/** The arm of a name: a shipped policy, or one to compare with. Throws `InvalidRequestError` for a name that is none. */
export function armOf(name: string): SimArm {
  const make = ARMS[name]
  if (make !== undefined) return make()
  if (!POLICY_NAMES.includes(name)) {
    throw new InvalidRequestError(`no policy or arm ${JSON.stringify(name)}; there are ${NAMES.join(', ')}`, {
      details: { field: 'policy', suggestions: nearestNames(name, NAMES) }
    })
  }
  const policy = policyOf(name)
  return { name, sees: policy.sees, policy, isShipped: true }
}
