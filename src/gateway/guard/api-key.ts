import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { InvalidRequestError } from '../../interface/index.ts'
import { HttpFailure } from '../failure.ts'
import type { Call } from '../gateway.ts'

/** Shorter keys can be guessed. */
const MIN_KEY_LENGTH = 16
const MAX_KEY_LENGTH = 512
/** How long a wrong key waits for its answer: nothing for a person, much for a guesser. */
const WRONG_KEY_DELAY_MS = 250

/** Reads a key from the first line of a file. Throws `InvalidRequestError`; never says what the file holds. */
export async function readKeyFile(file: string): Promise<string> {
  const fail = (problem: string, cause?: unknown): never => {
    throw new InvalidRequestError(`the API key file ${file} ${problem}`, { cause, details: { field: 'api_key_file' } })
  }
  const text = await readFile(file, 'utf8').catch((error: unknown) => fail('cannot be read', error))
  const key = text.split('\n', 1)[0]!.trim()
  if (key.length < MIN_KEY_LENGTH || key.length > MAX_KEY_LENGTH || !/^[\x21-\x7e]+$/.test(key)) {
    fail(`must hold one line of ${MIN_KEY_LENGTH} to ${MAX_KEY_LENGTH} visible ASCII characters`)
  }
  return key
}

/** Lets only those in who know a key. */
export class KeyCheck {
  readonly #digest: Buffer
  readonly #delayMs: number

  constructor(key: string, delayMs = WRONG_KEY_DELAY_MS) {
    this.#digest = digestOf(key)
    this.#delayMs = delayMs
  }

  /** Throws `HttpFailure` (401), after a while. A key is taken from headers only: addresses end up in logs. */
  async check(call: Call): Promise<void> {
    const bearer = /^Bearer (.+)$/i.exec(call.req.header('authorization') ?? '')?.[1]
    const given = bearer ?? call.req.header('x-api-key') ?? ''
    // Digests are of one length, so the comparison takes the same time whatever was given.
    if (timingSafeEqual(digestOf(given), this.#digest)) return
    await delay(this.#delayMs)
    const problem = given === '' ? 'an API key is needed' : 'the API key is wrong'
    throw new HttpFailure('invalid_api_key', `${problem}; send it as "authorization: Bearer KEY" or as x-api-key`)
  }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
