import { setTimeout as sleep } from 'node:timers/promises'
import { DeadlineExceededError, type EngineEvent } from '../../index.ts'
import type { AskFlags } from '../ask/flags.ts'
import { checkModelFlag } from '../ask/model-flag.ts'
import { printJson, printText, summary } from '../ask/print-answer.ts'
import { printStream } from '../ask/print-stream.ts'
import { composePrompt } from '../ask/prompt.ts'
import { askRequest, askRoute } from '../ask/request.ts'
import { type AnswerSource, openSource } from '../ask/source.ts'
import type { CommandContext } from '../context.ts'

/** Peers learn from the connection's end what a polite goodbye would tell them; nobody should wait for it. */
const CLOSE_TIMEOUT_MS = 1000

/** `p2pai ask`: one prompt, one answer. Returns the exit code. */
export async function ask(words: string[], flags: AskFlags, context: CommandContext): Promise<number> {
  const { terminal, interrupt } = context
  checkModelFlag(flags)
  const prompt = await composePrompt(words, flags.file, interrupt.signal)
  const request = await askRequest(flags, prompt)
  const limit = new AbortController()
  const signal = AbortSignal.any([interrupt.signal, limit.signal])
  const timer =
    flags.timeout === undefined ? undefined : setTimeout(() => limit.abort(tooLate(flags)), flags.timeout * 1000)
  const startedMs = performance.now()
  let source: AnswerSource | undefined
  // Finding whom to ask is a part of the time that the asker waits.
  async function* events(): AsyncGenerator<EngineEvent> {
    source = await openSource(flags, context, signal)
    yield* source.generate(
      { ...request, ...(source.model && { model: source.model }) },
      { signal, route: askRoute(flags, performance.now() - startedMs) }
    )
  }
  try {
    const print = flags.stream ? printStream : flags.json ? printJson : printText
    const result = await print(events(), () => source?.peerId ?? '', terminal)
    if (!context.json) terminal.note(terminal.paint('dim', summary(result)))
    return 0
  } finally {
    clearTimeout(timer)
    if (source !== undefined) await Promise.race([source.close(), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
  }
}

function tooLate({ timeout }: AskFlags): DeadlineExceededError {
  return new DeadlineExceededError(`no whole answer within ${timeout} s`)
}
