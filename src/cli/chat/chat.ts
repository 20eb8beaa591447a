import { DaemonNotRunningError, type EngineEvent, type Session, toP2paiError } from '../../index.ts'
import type { AskFlags } from '../ask/flags.ts'
import { type AnswerOptions, answerOptions } from '../ask/options.ts'
import { printText, summary } from '../ask/print-answer.ts'
import { askRequest, askRoute } from '../ask/request.ts'
import { type AnswerSource, closeSource, openSource } from '../ask/source.ts'
import { timeLimit } from '../ask/time-limit.ts'
import type { CommandContext } from '../context.ts'
import { Keeper } from '../conversation/keeper.ts'
import { Recording } from '../conversation/record.ts'
import { cutMark } from '../conversation/transcript.ts'
import { report } from '../failure.ts'
import { ReaderGoneError } from '../output/terminal.ts'

/** After these, whoever was asked is gone, and the next turn looks for another one. */
const SOURCE_GONE = new Set(['daemon_not_running', 'engine_stopped'])

/** How a turn ended: with an answer, by Ctrl-C, or with an error that was said. */
export type TurnEnd = 'answered' | 'stopped' | 'failed'

/** A conversation under way: what was said, how to answer, and whom to ask; the last for all turns together. */
export class Chat {
  readonly context: CommandContext
  session: Session
  flags: AskFlags
  options: AnswerOptions
  keeper: Keeper
  #source: AnswerSource | undefined

  constructor(session: Session, flags: AskFlags, context: CommandContext) {
    this.context = context
    this.session = session
    this.flags = flags
    this.options = answerOptions(flags)
    this.keeper = new Keeper(context, flags.save !== false)
  }

  /** Finds whom to ask, unless that is known. */
  async open(signal: AbortSignal = this.context.interrupt.signal): Promise<AnswerSource> {
    this.#source ??= await openSource({ ...this.flags, model: this.session.model }, this.context, signal)
    return this.#source
  }

  /** Lets go of who was asked; the next turn looks anew. */
  async leaveSource(): Promise<void> {
    const source = this.#source
    this.#source = undefined
    if (source !== undefined) await closeSource(source)
  }

  /** Asks, shows the answer as it comes, and keeps it. Throws only when the whole program is to end. */
  async turn(question: string): Promise<TurnEnd> {
    const { terminal, interrupt } = this.context
    const stop = new AbortController()
    const undivert = interrupt.divert(() => {
      // Whoever presses it again wants to be out of here, and is heard after this answer.
      if (stop.signal.aborted) undivert()
      stop.abort()
    })
    const limit = timeLimit(this.flags.timeout)
    const recording = new Recording()
    let end: TurnEnd = 'answered'
    try {
      const signal = AbortSignal.any([interrupt.signal, stop.signal, limit.signal])
      const peerId = (): string => this.#source?.peerId ?? ''
      const events = recording.of(this.#events(question, signal), peerId)
      const result = await printText(events, peerId, terminal, this.flags.render ? 'rendered' : 'plain')
      terminal.note(terminal.paint('dim', summary(result)))
    } catch (error) {
      if (interrupt.signal.aborted || error instanceof ReaderGoneError) throw error
      end = stop.signal.aborted ? 'stopped' : 'failed'
      if (end === 'stopped') terminal.note(terminal.paint('dim', cutMark('interrupted')))
      else await this.#failed(error)
    } finally {
      limit.clear()
      undivert()
      const turn = recording.turn(question, stop.signal.aborted || interrupt.signal.aborted)
      if (turn !== undefined) this.session = await this.keeper.save(recording.added(this.session, turn))
    }
    return end
  }

  async *#events(question: string, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const startedMs = performance.now()
    const { model, system } = this.session
    const asked = { ...this.flags, model, system }
    const request = await askRequest(asked, question, this.session, this.options)
    for (let isKnown = this.#source !== undefined; ; isKnown = false) {
      const source = await this.open(signal)
      let begun = false
      try {
        const route = askRoute(asked, performance.now() - startedMs)
        const named = { ...request, ...(source.model && { model: source.model }) }
        for await (const event of source.generate(named, { signal, route })) {
          begun = true
          yield event
        }
        return
      } catch (error) {
        // The daemon ended between two turns, and asked nobody anything: there are other ways.
        if (begun || !isKnown || !(error instanceof DaemonNotRunningError)) throw error
        await this.leaveSource()
      }
    }
  }

  async #failed(thrown: unknown): Promise<void> {
    const { terminal } = this.context
    const error = toP2paiError(thrown)
    report(error, false, terminal)
    const hints: Record<string, string> = {
      context_length_exceeded: '/undo forgets the last turn, /clear begins anew',
      payload_too_large: '/undo forgets the last turn, /clear begins anew',
      model_not_found: '/model auto takes any model',
      no_provider: '/model auto takes any model'
    }
    const hint = hints[error.code]
    if (hint !== undefined) terminal.note(terminal.paint('dim', hint))
    if (SOURCE_GONE.has(error.code)) await this.leaveSource()
  }
}
