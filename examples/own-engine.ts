/**
 * An engine of your own: anything that turns a conversation into text can be served to the network.
 * This one answers with the prompt in capitals. Check yours with the conformance suite of `p2pai/testing`.
 *
 *   node examples/own-engine.ts
 */
import { createHash } from 'node:crypto'
import { createNode, type InferenceEngine, type ModelInfo, messageText } from 'p2pai'

const model: ModelInfo = {
  name: 'shout:1',
  digest: createHash('sha256').update('shout:1').digest('hex'),
  state: 'warm',
  contextSizeTokens: 4096,
  sizeBytes: 0,
  parameterCount: 0,
  quantization: '',
  features: { chat: true, schema: false, logprobs: 0, tools: false, resume: false },
  builtIn: false,
  prefillTokensPerSecond: 0,
  decodeTokensPerSecond: 0,
  loadMs: 0
}

const shout: InferenceEngine = {
  kind: 'shout',
  async models() {
    return [model]
  },
  status() {
    const { name, digest, state } = model
    const slots = { total: 8, busy: 0 }
    return [{ model: name, digest, state, slots, queued: 0, queuedMs: 0, restarts: 0, rssBytes: 0, hardware: 'cpu' }]
  },
  async *generate(request, options) {
    yield { type: 'accepted', queuePosition: 0, model, contextSizeTokens: model.contextSizeTokens }
    const words = messageText(request.messages.at(-1)!).toUpperCase().split(/(?= )/)
    for (const text of words) {
      options?.signal?.throwIfAborted()
      yield { type: 'delta', channel: 'answer', text, tokenCount: 1 }
    }
    const usage = { promptTokens: words.length, cachedPromptTokens: 0, completionTokens: words.length }
    yield { type: 'end', finishReason: 'stop', usage, timings: { queuedMs: 0, prefillMs: 0, decodeMs: 0 } }
  },
  async close() {}
}

const local = { listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false }
await using provider = await createNode({ ...local, engines: [shout] })
await using asker = await createNode({ ...local, bootstrap: provider.status().addresses })
console.log(await asker.ask('hello from the other side', { model: 'shout' }).text())
