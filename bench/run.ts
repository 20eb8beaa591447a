/**
 * Measures p2pai in one run, so that figures can be compared: `npm run bench`. Machines differ and are busy; trust
 * the ratios, and differences within one line, more than any single number.
 */
import { cpus, loadavg } from 'node:os'
import { controlTraffic } from './control-traffic.ts'
import { conversation } from './conversation.ts'
import { fairness } from './fairness.ts'
import { firstToken, help } from './first-token.ts'
import { gateway } from './gateway.ts'
import { memory } from './memory.ts'
import { realNetwork } from './real/real-network.ts'
import { receipts } from './receipts.ts'
import { simulations } from './sim/main.ts'
import { type Figure, removeHomes, verdict } from './support.ts'
import { throughput } from './throughput.ts'
import { wireBytes } from './wire.ts'

const parts: Record<string, () => Promise<Figure | Figure[]>> = {
  throughput,
  firstToken,
  conversation,
  wireBytes,
  memory,
  help,
  gateway,
  receipts,
  fairness
}
const wanted = process.argv.slice(2)
/** Simulated time, so that neither the machine nor its load matters; runs only when it is named. */
if (wanted[0] === 'sim') {
  simulations(wanted.slice(1))
  process.exit()
}
/** A hundred nodes for minutes; runs only when it is named. */
if (wanted[0] === 'real') {
  for (const figure of await realNetwork(wanted.slice(1))) console.log(verdict(figure))
  process.exit()
}

/** Cadences of minutes; runs only when it is named. */
if (wanted[0] === 'controlTraffic') {
  for await (const figure of controlTraffic()) console.log(verdict(figure))
  process.exit()
}

console.log(
  `${cpus().length} cores, ${cpus()[0]?.model.trim()}, Node ${process.version}, load ${loadavg()[0]!.toFixed(1)}`
)
try {
  for (const [name, measure] of Object.entries(parts)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    for (const figure of [await measure()].flat()) {
      console.log(verdict(figure))
    }
  }
} finally {
  removeHomes()
}
