import { type EngineEvent, ModelNotFoundError, textMessage } from '../../interface/index.ts'
import type { Gateway } from '../gateway.ts'
import type { Said } from './answer.ts'
import { type ChatBody, kept, readKeepAlive } from './schema.ts'

/** What ollama's programs send to have a model loaded or unloaded: a request without a prompt. */
export async function loadOrUnload(
  { model, keep_alive }: Pick<ChatBody, 'model' | 'keep_alive'>,
  form: (said: Said) => object,
  gateway: Gateway
): Promise<object> {
  const isUnload = readKeepAlive(keep_alive) === 0
  const name = isUnload ? await unload(model, gateway) : await load(model, keep_alive, gateway)
  const nothing = form({ text: '', thought: '', toolCalls: [] })
  const created_at = new Date().toISOString()
  return { model: name, created_at, ...nothing, done: true, done_reason: isUnload ? 'unload' : 'load' }
}

/** Counting a prompt needs the model, and nothing of the prompt is evaluated. */
async function load(model: string, keepAlive: ChatBody['keep_alive'], { node, inFlight }: Gateway): Promise<string> {
  const leave = inFlight.enter()
  try {
    let name = model
    const request = { model, messages: [textMessage('user', 'Hello')], maxTokens: 0, ...kept(keepAlive) }
    for await (const event of node.engine.generate(request)) name = nameIn(event) ?? name
    return name
  } finally {
    leave()
  }
}

async function unload(model: string, { node }: Gateway): Promise<string> {
  if (node.modelControl === undefined) throw new ModelNotFoundError('this node manages no models')
  return (await node.modelControl.unload(model)).name
}

function nameIn(event: EngineEvent): string | undefined {
  return event.type === 'accepted' ? event.model.name : undefined
}
