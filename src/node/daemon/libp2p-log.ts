import { format } from 'node:util'
import type { ComponentLogger, Logger } from '@libp2p/interface'
import type { NodeLog } from '../options.ts'

/** A line longer than this is cut: some have whole lists of peers. */
const MAX_LINE_CHARACTERS = 500

/**
 * What libp2p says of itself, as lines of level `debug` and event `libp2p`; nothing is put together while `isWanted`
 * says no. What it calls errors is the daily life of a network, such as a peer that is off, and no more than that.
 */
export function libp2pLog(log: NodeLog, isWanted: () => boolean): ComponentLogger {
  const forComponent = (component: string): Logger => {
    const write = (text: unknown, ...values: unknown[]): void => {
      if (isWanted()) log('debug', 'libp2p', { component, text: lineOf(text, values) })
    }
    const more = {
      error: write,
      trace: () => undefined,
      newScope: (name: string) => forComponent(`${component}:${name}`)
    }
    return Object.defineProperty(Object.assign(write, more), 'enabled', { get: isWanted }) as unknown as Logger
  }
  return { forComponent }
}

/** libp2p has letters of its own for peer ids, addresses and errors. */
function lineOf(text: unknown, values: unknown[]): string {
  const pattern = text instanceof Error ? text.message : String(text)
  const shown = values.map(value => (value instanceof Error ? value.message : value))
  return format(
    pattern.replace(/%[a-zA-Z]/g, letter => (/[oOjd]/.test(letter) ? '%j' : '%s')),
    ...shown
  ).slice(0, MAX_LINE_CHARACTERS)
}
