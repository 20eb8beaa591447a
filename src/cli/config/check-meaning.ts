import { checkDaemonOption, type DaemonOptions, InvalidRequestError, toP2paiError } from '../../index.ts'
import { answerOptions } from '../ask/options.ts'
import type { Setting } from './keys.ts'

/** Settings that the library knows under another name than the command line. */
const OPTIONS: Record<string, keyof DaemonOptions> = {
  'ask.peer': 'allow',
  'network.bootstrap': 'bootstrap',
  'providers.deny': 'denyProvider',
  'serve.name': 'label',
  'serve.only': 'allow',
  'serve.upstream-feature': 'upstreamFeatures'
}

/**
 * Checks what the parser of a flag does not: whether a text is an address, a peer, an origin. A value that every later
 * command would fail with should fail here. Throws `InvalidRequestError`.
 */
export async function checkMeaning({ key, flags }: Setting, value: unknown): Promise<void> {
  const texts = (Array.isArray(value) ? value : [value]).filter(text => typeof text === 'string')
  const [section] = key.split('.')
  const option = OPTIONS[key] ?? (section === 'serve' ? (flags[0]?.name as keyof DaemonOptions) : undefined)
  try {
    if (key === 'ask.option') answerOptions({ model: 'auto', mdns: false, option: texts })
    if (option !== undefined) for (const text of texts) await checkDaemonOption(option, text)
  } catch (error) {
    throw new InvalidRequestError(`${key}: ${toP2paiError(error).message}`, { cause: error, details: { field: key } })
  }
}
