import { styleText } from 'node:util'

/** What `--color` takes. */
export const COLOUR_MODES = ['auto', 'always', 'never'] as const

/** When to colour. */
export type ColourMode = (typeof COLOUR_MODES)[number]

/** Colours a text, or returns it as it is. */
export type Paint = (style: 'dim' | 'bold' | 'red' | 'yellow', text: string) => string

/** The way to colour what goes to a stream: flag, then FORCE_COLOR, NO_COLOR, TERM=dumb, then whether it is a TTY. */
export function paintFor(stream: { isTTY?: boolean }, mode: ColourMode, env: NodeJS.ProcessEnv = process.env): Paint {
  const enabled = mode === 'always' || (mode === 'auto' && wanted(stream, env))
  return (style, text) => (enabled ? styleText(style, text, { validateStream: false }) : text)
}

function wanted(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR)
  if (env.NO_COLOR) return false
  return env.TERM !== 'dumb' && stream.isTTY === true
}
