/** Errors are JSON when the command prints JSON; also for errors in the command line itself. */
export function wantsJson(words: string[]): boolean {
  const flags = words.slice(0, words.includes('--') ? words.indexOf('--') : undefined)
  if (flags.some(word => word === '--json' || word === '--stream' || word === '--log-format=json')) return true
  const at = flags.indexOf('--log-format')
  return at >= 0 && flags[at + 1] === 'json'
}
