import {
  AUTO_MODEL,
  type GenerateRequest,
  InvalidRequestError,
  isPeerId,
  type JsonSchema,
  peerOf,
  type RouteOptions,
  type Session,
  textMessage,
  validateRequest
} from '../../index.ts'
import { history, sessionNames } from '../conversation/messages.ts'
import type { AskFlags } from './flags.ts'
import { readImages } from './images.ts'
import { type AnswerOptions, answerOptions } from './options.ts'
import { readPromptFile } from './prompt-file.ts'

/** Looking for a provider ends a little before the time is over, so that "nobody has it" is said, not "too late". */
const DISCOVERY_SHARE = 0.8

/**
 * The request that the flags and the prompt make, with what was said before it. Throws `InvalidRequestError` before
 * anything is sent.
 */
export async function askRequest(
  flags: AskFlags,
  prompt: string,
  session?: Session,
  options: AnswerOptions = answerOptions(flags)
): Promise<GenerateRequest> {
  const { schema, timeout } = flags
  const { role, parts } = textMessage('user', prompt)
  const question = { role, parts: [...parts, ...(await readImages(flags.image))] }
  return validateRequest({
    model: flags.model || AUTO_MODEL,
    messages: [...history(flags.system, session?.turns), question],
    ...options,
    ...(session && sessionNames(session)),
    ...(schema !== undefined && { responseFormat: { type: 'json_schema', schema: await readSchema(schema) } }),
    ...(timeout !== undefined && { deadlineMs: Math.ceil(timeout * 1000) })
  })
}

/** Who may answer, by the flags, when so much of the time is over. */
export function askRoute(
  { peer, deny, policy, maxPrice, budget, local, audit, timeout }: AskFlags,
  elapsedMs: number
): RouteOptions {
  return {
    ...(peer !== undefined && { peer }),
    ...(deny && { deny: deny.map(peerToDeny) }),
    ...(policy !== undefined && { policy }),
    ...(maxPrice !== undefined && { maxPricePerKiloToken: maxPrice }),
    ...(budget !== undefined && { budgetPerDay: budget }),
    ...(local && { local }),
    ...(audit && { audit }),
    ...(timeout !== undefined && {
      discoveryTimeoutMs: Math.max(0, Math.floor((timeout * 1000 - elapsedMs) * DISCOVERY_SHARE))
    })
  }
}

/** A slip in the name of a peer to stay away from must not be found out by asking it. */
function peerToDeny(name: string): string {
  const peerId = peerOf(name)
  if (isPeerId(peerId)) return peerId
  throw new InvalidRequestError(`${name} is no peer id, as in --deny 12D3KooW…`, { details: { field: 'deny' } })
}

async function readSchema(file: string): Promise<JsonSchema> {
  const text = new TextDecoder().decode(await readPromptFile(file))
  try {
    return JSON.parse(text) as JsonSchema
  } catch (error) {
    const problem = (error as Error).message.split('\n', 1)[0]
    throw new InvalidRequestError(`the schema ${file} is not JSON: ${problem}`, {
      cause: error,
      details: { field: 'schema' }
    })
  }
}
