/** What `exclusive` needs of a command. */
interface FlagCommand {
  on(event: string, listener: () => void): unknown
  error(message: string): never
}

/**
 * Makes a flag and its negation exclude each other, in either order: with both of them commander lets the last one win,
 * in silence.
 */
export function exclusive<Wanted extends FlagCommand>(command: Wanted, name: string): Wanted {
  const seen = new Set<string>()
  for (const flag of [name, `no-${name}`]) {
    command.on(`option:${flag}`, () => {
      seen.add(flag)
      if (seen.size > 1) command.error(`error: --${name} and --no-${name} exclude each other`)
    })
  }
  return command
}
