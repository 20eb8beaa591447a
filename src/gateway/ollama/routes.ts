import { answerRoute } from '../answer/route.ts'
import { findModel, reachableModels } from '../models.ts'
import { replyJson } from '../reply.ts'
import { readBody } from '../request-body.ts'
import type { Route } from '../route.ts'
import { chatMessage, generated, linesForm, linesWriter, wholeAnswer } from './answer.ts'
import { deleteRoute } from './delete.ts'
import { embedRoutes } from './embed.ts'
import { loadOrUnload } from './load.ts'
import { modelDetails, runningModel, taggedModel } from './models.ts'
import { pullRoute } from './pull.ts'
import { readChat, readGenerate } from './read.ts'
import { chatBody, generateBody, nameOf, showBody } from './schema.ts'

/** The paths that ollama's clients use. */
export const ollamaRoutes: readonly Route[] = [
  answerRoute({
    path: '/api/chat',
    summary: 'Answers a conversation, as ollama does',
    body: chatBody,
    form: linesForm(chatMessage),
    instead: (body, gateway) => (body.messages.length === 0 ? loadOrUnload(body, chatMessage, gateway) : undefined),
    read: readChat,
    whole: (head, whole) => wholeAnswer(head, whole, chatMessage),
    writer: head => linesWriter(head, chatMessage)
  }),
  answerRoute({
    path: '/api/generate',
    summary: 'Answers one prompt, as ollama does',
    body: generateBody,
    form: linesForm(generated),
    instead: (body, gateway) =>
      body.prompt || body.images?.length ? undefined : loadOrUnload(body, generated, gateway),
    read: readGenerate,
    whole: (head, whole) => wholeAnswer(head, whole, generated),
    writer: head => linesWriter(head, generated)
  }),
  ...embedRoutes,
  pullRoute,
  deleteRoute,
  {
    method: 'get',
    path: '/api/tags',
    summary: 'The models in reach now, as ollama lists them',
    answers: ['application/json'],
    async handle(call, gateway) {
      const models = await reachableModels(gateway.node)
      return replyJson(call, gateway, { models: models.map(model => taggedModel(model, gateway.startedAtMs)) })
    }
  },
  {
    method: 'get',
    path: '/api/ps',
    summary: 'The models in memory of this machine, as ollama lists them',
    answers: ['application/json'],
    async handle(call, gateway) {
      const models = (await reachableModels(gateway.node)).filter(({ local, state }) => local && state === 'warm')
      const { engines } = gateway.node.status()
      const leaves = new Map(engines.map(({ digest, expiresAtMs }) => [digest, expiresAtMs]))
      return replyJson(call, gateway, { models: models.map(model => runningModel(model, leaves.get(model.digest))) })
    }
  },
  {
    method: 'post',
    path: '/api/show',
    summary: 'One model, as ollama shows it',
    body: showBody,
    answers: ['application/json'],
    async handle(call, gateway) {
      const found = await findModel(gateway.node, nameOf(await readBody(call, gateway, showBody)))
      return replyJson(call, gateway, modelDetails(found, gateway.startedAtMs))
    }
  },
  {
    method: 'get',
    path: '/api/version',
    summary: 'The version of p2pai',
    answers: ['application/json'],
    handle: (call, gateway) => replyJson(call, gateway, { version: gateway.version })
  }
]
