/**
 * The measure for throughput: the model in stock node-llama-cpp, in one process, used as its own guide shows, with
 * as many threads as the parent says. Answers each message `{ askers, tokens }` with the seconds that it took.
 */
import { getLlama, LlamaChatSession } from 'node-llama-cpp'

const [modelPath, threads] = process.argv.slice(2)
const llama = await getLlama({ build: 'never', gpu: false, maxThreads: Number(threads) })
const model = await llama.loadModel({ modelPath: modelPath!, useMmap: false })
const context = await model.createContext({ contextSize: 2048, sequences: 4, threads: Number(threads) })
const sequences = Array.from({ length: 4 }, () => context.getSequence())
const sessions = sequences.map(contextSequence => new LlamaChatSession({ contextSequence, chatWrapper: 'auto' }))

process.on('message', async ({ askers, tokens }: { askers: number; tokens: number }) => {
  for (const session of sessions) session.resetChatHistory()
  const startedAtMs = performance.now()
  const before = sequences.map(sequence => sequence.tokenMeter.getState().usedOutputTokens)
  await Promise.all(
    sessions.slice(0, askers).map(session =>
      session.prompt('Tell me a very long story about a river.', {
        maxTokens: tokens,
        temperature: 0,
        repeatPenalty: false
      })
    )
  )
  const after = sequences.map(sequence => sequence.tokenMeter.getState().usedOutputTokens)
  const made = after.reduce((sum, count, index) => sum + count - before[index]!, 0)
  process.send?.({ tokensPerSecond: (1_000 * made) / (performance.now() - startedAtMs) })
})
process.send?.('ready')
