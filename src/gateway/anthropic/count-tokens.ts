import { mediaBytes } from '../../interface/index.ts'
import { Generation } from '../answer/generation.ts'
import { collect } from '../answer/whole.ts'
import { replyJson } from '../reply.ts'
import { MAX_IMAGE_BODY_BYTES, readBody } from '../request-body.ts'
import type { Route } from '../route.ts'
import { FIELDS, readPrompt } from './read.ts'
import { countTokensBody } from './schema.ts'

/** `POST /v1/messages/count_tokens`: the model that would answer counts, with its own template and vocabulary. */
export const countTokensRoute: Route = {
  method: 'post',
  path: '/v1/messages/count_tokens',
  summary: 'Counts the tokens of a prompt without answering it, as Anthropic does',
  body: countTokensBody,
  answers: ['application/json'],
  async handle(call, gateway) {
    const request = {
      ...readPrompt(await readBody(call, gateway, countTokensBody, MAX_IMAGE_BODY_BYTES)),
      maxTokens: 0
    }
    const { node, inFlight } = gateway
    const generation = new Generation(
      node.engine,
      { request, stream: false, fields: FIELDS },
      inFlight.enter(mediaBytes(request.messages))
    )
    call.req.raw.signal.addEventListener('abort', () => generation.stop(), { once: true })
    const { end } = await collect(generation, () => undefined)
    gateway.metrics.ended(call.get('route'), end)
    const peer = generation.accepted?.provider?.peerId ?? node.peerId
    call.header('x-p2pai-peer', peer)
    return replyJson(call, gateway, { input_tokens: end.usage.promptTokens, p2pai: { peer } })
  }
}
