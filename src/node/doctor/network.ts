import type { DiscoveryReport } from '../../interface/index.ts'
import { DEFAULT_PORT } from '../profiles.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** Less is no reason to worry: adverts say when they were made to the second, not better. */
const CLOCK_WARN_MS = 10_000
/** Adverts that are further off are not believed. */
const CLOCK_FAIL_MS = 120_000

/** Each way on which peers are found; a dead one is named. */
export function checkDiscovery(report: DiscoveryReport, isDaemon: boolean): Finding[] {
  return [network(report), mdns(report), saved(report), dht(report), gossip(report, isDaemon), clock(report)]
}

function network({ connections, providers }: DiscoveryReport): Finding {
  if (connections > 0) return ok('network', `${connections} peers are connected, ${providers} providers known`)
  return warn(
    'network',
    'no peer is connected',
    'name one that runs elsewhere: p2pai config set network.bootstrap ADDRESS'
  )
}

function mdns({ mdns: { enabled, peers } }: DiscoveryReport): Finding {
  if (!enabled) return ok('local network', 'not looked at, by setting network.mdns or flag')
  if (peers > 0) return ok('local network', `${peers} peers were heard of`)
  return warn(
    'local network',
    'nobody was heard of by multicast',
    'if there are others: let UDP port 5353 through the firewall, and no wireless isolation'
  )
}

function saved({ saved: { peers, connected } }: DiscoveryReport): Finding {
  if (peers === 0) return ok('saved peers', 'none yet; the daemon keeps those that it meets')
  const says = `${connected} of ${peers} peers of the last run are connected`
  return connected > 0 ? ok('saved peers', says) : warn('saved peers', says, 'they may be off; other ways must do')
}

function dht({ dht: { enabled, peers } }: DiscoveryReport): Finding {
  if (!enabled) return ok('dht', 'not used')
  if (peers > 0) return ok('dht', `${peers} peers are in the table`)
  return warn('dht', 'nobody is in the table', 'it fills by itself once a peer is connected that keeps records')
}

function gossip({ gossip: { enabled, peers } }: DiscoveryReport, isDaemon: boolean): Finding {
  if (!enabled) return ok('gossip', isDaemon ? 'not used' : 'only the daemon takes part')
  if (peers > 0) return ok('gossip', `${peers} peers take part`)
  return warn('gossip', 'nobody takes part', 'it begins by itself once another daemon is connected')
}

function clock({ clockOffsetMs }: DiscoveryReport): Finding {
  if (clockOffsetMs === undefined) {
    return warn(
      'clock',
      'not looked at: there is no other clock to compare with',
      'run this again once a peer is connected'
    )
  }
  const offMs = Math.abs(clockOffsetMs)
  if (offMs < CLOCK_WARN_MS) return ok('clock', 'agrees with those of others')
  const says = `is ${Math.round(offMs / 1000)} s ${clockOffsetMs > 0 ? 'behind' : 'ahead of'} those of others`
  const fix = 'set it, or let the system set it: timedatectl set-ntp true'
  return offMs < CLOCK_FAIL_MS ? warn('clock', says, fix) : fail('clock', says, fix)
}

/** Where others could reach the daemon. */
export function checkAddresses(addresses: readonly string[]): Finding {
  const outside = addresses.filter(address => !/^\/ip4\/127\.|^\/ip6\/::1\//.test(address))
  if (outside.length > 0) return ok('ports', `listens at ${outside.join(' ')}`)
  const says = addresses.length === 0 ? 'listens nowhere' : 'listens on this machine alone'
  const fix = `other machines cannot ask it; let them: p2pai config set serve.listen /ip4/0.0.0.0/tcp/${DEFAULT_PORT}`
  return warn('ports', says, fix)
}

/** What became of dialling an address that the user named. */
export function checkBootstrap(address: string, problem: string | undefined): Finding {
  if (problem === undefined) return ok('bootstrap', `${address} is reached`)
  return fail('bootstrap', problem, 'is that machine on, and its port open? Else take the address out of the settings')
}
