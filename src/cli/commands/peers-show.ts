import type { PeerDetail, PeerStanding } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { requireDaemon } from '../daemon.ts'
import { printableLine } from '../output/printable.ts'
import { facts } from '../output/table.ts'
import { duration, shortDigest } from '../output/units.ts'
import { count, failureWords, leftOutWords, round, trustWords } from './peer-words.ts'

/** `p2pai peers show ID`. */
export async function showPeer(
  name: string,
  flags: { json?: boolean | undefined },
  context: CommandContext
): Promise<number> {
  const daemon = await requireDaemon(context)
  const peer = await daemon.peer(name)
  if (flags.json) await context.terminal.writeJson({ version: 1, peer })
  else await context.terminal.write(facts(factsOf(peer)))
  return 0
}

/** What is known of a peer, in words, and why it ranks where it does. */
export function factsOf(peer: PeerDetail): [string, string][] {
  const { advert, standing } = peer
  const rows: [string, string | undefined][] = [
    ['peer', peer.peerId],
    ['name', printableLine(peer.label)],
    ['state', peer.connected ? 'connected' : 'known, not connected'],
    ['round trip', peer.rttMs === undefined ? undefined : duration(peer.rttMs)],
    ['says', advert && [advert.hardwareClass, ...deviceWords(advert)].join(', ')],
    ...(advert?.models ?? []).map((model): [string, string] => ['serves', modelWords(model)]),
    ...standing.offers.map((offer): [string, string] => ['rank', rankWords(offer, standing.policy)]),
    ['promised', quoteWords(standing)],
    ['observed', observedWords(standing)],
    ['keeps its word', trustWords(standing)],
    ['work for us', `${count(standing.jobs, 'answer')}, ${failureWords(standing.failures)}`],
    ['audits', auditWords(standing)],
    ['network', networkWords(standing.sameNetwork)],
    ['left out', leftOutWords(standing)]
  ]
  return rows.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== '')
}

function deviceWords(advert: NonNullable<PeerDetail['advert']>): string[] {
  const { thermal = 'nominal', batteryPercent, isMetered, pricePerKiloToken = 0 } = advert
  return [
    ...(thermal === 'nominal' ? [] : [`heat ${thermal}`]),
    ...(batteryPercent === undefined ? [] : [`battery ${batteryPercent} %`]),
    ...(isMetered ? ['metered line'] : []),
    pricePerKiloToken === 0 ? 'free' : `${pricePerKiloToken} micro-credits per 1,000 tokens`
  ]
}

function modelWords(model: NonNullable<PeerDetail['advert']>['models'][number]): string {
  const { name, digest, warm, slots, queued, decodeTokensPerSecond: decode, prefillTokensPerSecond: prefill } = model
  const speed =
    decode > 0 ? `claims ${round(prefill)} tokens/s read and ${round(decode)} written` : 'has not measured its speed'
  const busy = `${slots.free} of ${slots.total} slots free${queued > 0 ? `, ${queued} waiting` : ''}`
  return `${printableLine(name)} (${shortDigest(digest)}), ${warm ? 'loaded' : 'on disk'}, ${busy}, ${speed}`
}

function rankWords({ model, place, providers, firstTokenMs, totalMs }: PeerStanding['offers'][number], policy: string) {
  const expected = `first token in about ${duration(firstTokenMs)}, a typical answer in ${duration(totalMs)}`
  return `${place} of ${providers} by time for ${printableLine(model)}: ${expected} (policy ${policy})`
}

function quoteWords({ quote }: PeerStanding): string {
  if (quote === undefined) return 'nothing yet: it was never asked for a quote'
  const ago = `${duration(quote.ageMs)} ago`
  if (quote.status !== 'ok') return `${quote.status}, ${ago}`
  const { waitMs, loadMs, firstTokenMs, decodeTokensPerSecond } = quote
  const parts = `${duration(waitMs)} of waiting and ${duration(loadMs)} of loading in it`
  return `first token in ${duration(firstTokenMs)} (${parts}), ${round(decodeTokensPerSecond)} tokens/s, ${ago}`
}

function observedWords({ observed }: PeerStanding): string {
  if (observed === undefined) return 'nothing yet'
  const { firstTokenMs, tokensPerSecond } = observed
  const speed = tokensPerSecond === undefined ? '' : `, ${round(tokensPerSecond)} tokens/s`
  return `first token after ${duration(firstTokenMs)}${speed}`
}

function auditWords({ audits, breachedAgoMs }: PeerStanding): string {
  const { passed, failed, unclear } = audits
  if (passed + failed + unclear === 0) return 'none'
  const breach = breachedAgoMs === undefined ? '' : `; found to lie ${duration(breachedAgoMs)} ago`
  return `${passed} passed, ${failed} failed, ${unclear} unclear${breach}`
}

function networkWords(sameNetwork: number): string | undefined {
  return sameNetwork > 1
    ? `shared with ${count(sameNetwork - 1, 'other provider')}, and the attempts with them`
    : undefined
}
