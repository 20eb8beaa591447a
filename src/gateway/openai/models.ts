import { anthropicModel, anthropicModelList } from '../anthropic/models.ts'
import { dialectOf } from '../dialect.ts'
import type { Call, Gateway } from '../gateway.ts'
import { findModel, type ReachableModel, reachableModels } from '../models.ts'
import { replyJson } from '../reply.ts'
import type { Route } from '../route.ts'

/** `GET /v1/models`, which OpenAI and Anthropic both have: the client's headers tell which is meant. */
export const modelsRoute: Route = {
  method: 'get',
  path: '/v1/models',
  summary: 'The models in reach now, as OpenAI or, with the header anthropic-version, as Anthropic lists them',
  answers: ['application/json'],
  async handle(call, gateway) {
    const models = await reachableModels(gateway.node)
    if (isAnthropic(call))
      return replyJson(call, gateway, anthropicModelList(models, gateway.startedAtMs, call.req.query()))
    return replyJson(call, gateway, { object: 'list', data: models.map(model => openaiModel(model, gateway)) })
  }
}

/** `GET /v1/models/{id}`. A name may hold a slash. */
export const modelRoute: Route = {
  method: 'get',
  path: '/v1/models/:id{.+}',
  summary: 'One model',
  answers: ['application/json'],
  async handle(call, gateway) {
    const model = await findModel(gateway.node, call.req.param('id') ?? '')
    const shown = isAnthropic(call) ? anthropicModel(model, gateway.startedAtMs) : openaiModel(model, gateway)
    return replyJson(call, gateway, shown)
  }
}

function isAnthropic(call: Call): boolean {
  return dialectOf(call.req.path, call.req.raw.headers) === 'anthropic'
}

function openaiModel(model: ReachableModel, { startedAtMs }: Gateway) {
  const { name, digest, local, providers, contextSizeTokens, quantization, parameterCount, state, features } = model
  return {
    id: name,
    object: 'model',
    created: Math.floor(startedAtMs / 1000),
    owned_by: local ? 'this-node' : 'network',
    p2pai: {
      digest,
      providers,
      context_size_tokens: contextSizeTokens,
      quantization,
      parameter_count: parameterCount,
      state,
      features
    }
  }
}
