import type { EngineEvent } from '../../index.ts'
import { PrintableStream, printableLine } from '../output/printable.ts'
import type { Terminal } from '../output/terminal.ts'
import { shortPeer } from '../output/units.ts'
import { Waiting } from '../output/waiting.ts'

/** What stderr tells of an answer besides its text: who goes on with it, what the model thinks, what is waited for. */
export class Asides {
  readonly #terminal: Terminal
  readonly #waiting: Waiting
  readonly #thoughts = new PrintableStream()
  #provider: string | undefined
  #thinking = false

  constructor(terminal: Terminal) {
    this.#terminal = terminal
    this.#waiting = new Waiting(terminal)
    this.#waiting.say('looking for a provider')
  }

  /** Tells of an event. `midLine` is whether the answer's last line on this terminal is still open. */
  see(event: EngineEvent, midLine: boolean): void {
    if (event.type === 'accepted') this.#accepted(event, midLine)
    else if (event.type === 'progress') this.#progress(event)
    else if (event.type === 'delta' && event.channel === 'thought') this.#thought(event.text)
    else if (event.type === 'delta' && event.text !== '') this.#endThought()
  }

  /** Says what is waited for while nothing of the answer is shown. */
  wait(text: string): void {
    this.#waiting.say(text)
  }

  /** Takes down what is in the way of other output. */
  stop(): void {
    this.#waiting.stop()
    this.#endThought()
  }

  #accepted({ provider, queuePosition }: EngineEvent & { type: 'accepted' }, midLine: boolean): void {
    if (queuePosition > 0) this.#waiting.say(`waiting, ${queuePosition} ahead`)
    const peerId = provider?.peerId
    const before = this.#provider
    this.#provider = peerId
    if (before === undefined || peerId === undefined || peerId === before) return
    this.stop()
    const { watched, notesWatched, note, noteText, paint } = this.#terminal
    if (midLine && watched && notesWatched) noteText('\n')
    note(paint('dim', `(${shortPeer(printableLine(before))} is gone, ${shortPeer(printableLine(peerId))} goes on)`))
  }

  #progress({ phase, done, total }: EngineEvent & { type: 'progress' }): void {
    const share = total > 0 ? ` ${Math.min(100, Math.floor((100 * done) / total))} %` : ''
    if (phase === 'queued') this.#waiting.say(`waiting, ${done} ahead`)
    if (phase === 'loading') this.#waiting.say(`loading the model, ${done} %`)
    if (phase === 'prefill') this.#waiting.say(`reading the prompt${share}`)
  }

  /** Reasoning is for eyes alone: in a pipe or a file it would be taken for the answer, or for an error. */
  #thought(text: string): void {
    if (!this.#terminal.notesWatched) return
    const printable = this.#thoughts.push(text)
    if (printable === '') return
    this.#waiting.stop()
    this.#thinking = true
    this.#terminal.noteText(this.#terminal.paint('dim', printable))
  }

  #endThought(): void {
    if (this.#thinking) this.#terminal.noteText('\n\n')
    this.#thinking = false
  }
}
