import type { AnswerResult, EngineEvent, GenerateRequest } from '../../index.ts'
import type { AskFlags } from '../ask/flags.ts'
import { checkModelFlag } from '../ask/model-flag.ts'
import { printJson, printText, summary, usageLine } from '../ask/print-answer.ts'
import { printStream } from '../ask/print-stream.ts'
import { composePrompt } from '../ask/prompt.ts'
import { askRequest, askRoute } from '../ask/request.ts'
import { type AnswerSource, closeSource, openSource } from '../ask/source.ts'
import { timeLimit } from '../ask/time-limit.ts'
import { type AnswerForm, NoCodeError } from '../ask/view.ts'
import type { CommandContext } from '../context.ts'
import { beginSession } from '../conversation/begin.ts'
import { Keeper } from '../conversation/keeper.ts'
import { questionOf, Recording } from '../conversation/record.ts'
import { PrintableStream } from '../output/printable.ts'

/** `p2pai ask`: one prompt, one answer, and what is kept of both. Returns the exit code. */
export async function ask(words: string[], asked: AskFlags, context: CommandContext): Promise<number> {
  const { flags, session } = await beginSession(asked)
  checkModelFlag(flags)
  const prompt = await composePrompt(words, flags.file, context.interrupt.signal)
  const request = await askRequest(flags, prompt, session)
  const recording = new Recording()
  try {
    return await answer(request, flags, recording, context)
  } finally {
    const turn = recording.turn(questionOf(request), context.interrupt.signal.aborted)
    const keeper = new Keeper(context, flags.save !== false)
    if (turn !== undefined) await keeper.save(recording.added(session, turn))
    await keeper.close()
  }
}

async function answer(
  request: GenerateRequest,
  flags: AskFlags,
  recording: Recording,
  context: CommandContext
): Promise<number> {
  const { terminal, interrupt } = context
  const limit = timeLimit(flags.timeout)
  const signal = AbortSignal.any([interrupt.signal, limit.signal])
  const startedMs = performance.now()
  let source: AnswerSource | undefined
  const peerId = (): string => source?.peerId ?? ''
  // Finding whom to ask is a part of the time that the asker waits.
  async function* events(): AsyncGenerator<EngineEvent> {
    source = await openSource(flags, context, signal)
    yield* source.generate(
      { ...request, ...(source.model && { model: source.model }) },
      { signal, route: askRoute(flags, performance.now() - startedMs) }
    )
  }
  try {
    const result = await print(recording.of(events(), peerId), peerId, request, flags, context)
    if (!context.json) {
      terminal.note(terminal.paint('dim', summary(result)))
      if (flags.usage) terminal.note(usageLine(result))
    }
    return 0
  } catch (error) {
    if (!(error instanceof NoCodeError)) throw error
    // The answer was paid for with time: it is shown, but not where a program would read it.
    terminal.note(new PrintableStream().push(error.text))
    terminal.note(`${terminal.paint('red', 'p2pai:')} ${error.message}`)
    return 1
  } finally {
    limit.clear()
    if (source !== undefined) await closeSource(source)
  }
}

async function print(
  events: AsyncIterable<EngineEvent>,
  peerId: () => string,
  request: GenerateRequest,
  flags: AskFlags,
  { terminal }: CommandContext
): Promise<AnswerResult> {
  if (flags.stream) return await printStream(events, peerId, terminal)
  const conversation = flags.save === false ? undefined : request.sessionId
  if (flags.json) return await printJson(events, peerId, terminal, conversation)
  return await printText(events, peerId, terminal, formOf(flags))
}

function formOf({ extract, render, stream }: AskFlags): AnswerForm {
  if (extract) return 'code'
  if (render) return 'rendered'
  return stream === false ? 'whole' : 'plain'
}
