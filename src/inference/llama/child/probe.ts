import path from 'node:path'
import { BadModelError } from '../../../interface/index.ts'
import type { GgufHeader, ProbeReport } from '../ipc.ts'
import { callSyntaxOf, thoughtSyntaxOf } from './call-syntax.ts'
import { readGgufHeader } from './gguf-header.ts'
import { chatWrapperOf, openLlama } from './load.ts'
import type { LogRing } from './log-ring.ts'
import { probeTexts, textTaskOf } from './probe-texts.ts'
import { renderPrompt } from './prompt.ts'

/** How publishers mark what was made for conversations, in names. */
const INSTRUCT_NAME = /(?:^|[^a-z])(?:instruct|chat|it)(?:[^a-z]|$)/i
/** The library's wrapper for everything that it does not know. */
const FALLBACK_WRAPPER = 'General'
/** Enough for a greeting and its answer in any template. */
const PROBE_CONTEXT_TOKENS = 512
const CANARY_TOKENS = 4

/**
 * Tries a file that was never seen: reads its header, loads it, renders its template and draws a few tokens. Runs in
 * a process of its own, which such a file may kill. Throws `BadModelError` with what is wrong.
 */
export async function probeModel(modelFile: string, ring: LogRing): Promise<ProbeReport> {
  const header = readGgufHeader(modelFile)
  const textTask = textTaskOf(header)
  const startedAtMs = performance.now()
  const llama = await openLlama('off', ring)
  // Whatever the best number of threads is, one is never a trap.
  llama.maxThreads = 1
  try {
    const model = await llama.loadModel({ modelPath: modelFile, useMmap: 'auto' })
    const loadMs = Math.round(performance.now() - startedAtMs)
    if (textTask !== undefined) {
      await probeTexts(model, header)
      const does = { embeddings: textTask === 'embeddings', rerank: textTask === 'rerank' }
      return { header, chat: false, tools: false, thoughts: false, ...does, loadMs }
    }
    const context = await model.createContext({
      contextSize: Math.min(PROBE_CONTEXT_TOKENS, header.trainContextTokens || PROBE_CONTEXT_TOKENS),
      sequences: 1,
      failedCreationRemedy: false
    })
    const sequence = context.getSequence()
    const wrapper = chatWrapperOf(model)
    const prompt = renderPrompt(model, wrapper, [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }])
    let input = prompt.tokens
    for (let drawn = 0; drawn < CANARY_TOKENS; drawn++) {
      const last = input.at(-1)
      if (last === undefined) throw new BadModelError('its chat template renders nothing')
      const generateNext = { token: true, totalLogitWeight: true, logits: { filter: { tokens: [], includeTop: 1 } } }
      const outputs = await sequence.controlledEvaluate([...input.slice(0, -1), [last, { generateNext }]])
      const next = outputs.at(-1)?.next
      const values = [next?.totalLogitWeight, ...(next?.logits?.values() ?? [])]
      if (values.some(value => value === undefined || !Number.isFinite(value))) {
        throw new BadModelError('it computes values that are not numbers')
      }
      const token = next?.token
      if (token === undefined || token === null) throw new BadModelError('it answers nothing')
      if (model.isEogToken(token)) {
        if (drawn > 0) break
        throw new BadModelError('it answers nothing')
      }
      input = [token]
    }
    const chat = isChat(header, wrapper.wrapperName, modelFile)
    return {
      header,
      chat,
      tools: chat && callSyntaxOf(wrapper, model) !== undefined,
      thoughts: chat && thoughtSyntaxOf(wrapper, model) !== undefined,
      embeddings: false,
      rerank: false,
      loadMs
    }
  } catch (error) {
    if (error instanceof BadModelError) throw error
    throw new BadModelError(ring.cause() || (error instanceof Error ? error.message : String(error)), { cause: error })
  }
}

/** Whether a model was made for conversations. Some old instruct models lack the template, but their family is known. */
export function isChat(header: GgufHeader, wrapperName: string, modelFile: string): boolean {
  if (header.hasChatTemplate) return true
  const names = [header.name, header.basename, header.finetune, path.basename(modelFile)]
  return wrapperName !== FALLBACK_WRAPPER && names.some(name => INSTRUCT_NAME.test(name))
}
