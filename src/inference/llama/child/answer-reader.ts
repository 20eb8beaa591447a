import type { TokenLogprob, ToolCall } from '../../../interface/index.ts'
import { HeldPieces } from './held-pieces.ts'
import type { ReaderInit, Release } from './release.ts'
import { scanForStops } from './stop-matcher.ts'
import { type Piece, TokenPieces } from './token-pieces.ts'

/**
 * Makes an answer of tokens, one by one: text, thoughts and calls. It depends on the ids alone, so that an answer
 * that goes on elsewhere is read from its beginning again.
 */
export class AnswerReader {
  readonly #init: ReaderInit
  readonly #pieces: TokenPieces
  readonly #held = new HeldPieces()
  #mode: 'thought' | 'answer' | 'calls'
  #releases: Release[] = []
  /** Of marks: they have no text, and go out with what follows. */
  #pending: Pick<Piece, 'ids' | 'logprobs'> = { ids: [], logprobs: [] }
  /** White space after a thought is no part of the answer. */
  #trims = false
  /** Text and ids that the other side has already. */
  #skip = { text: 0, ids: 0 }
  /** Thoughts come in front of the answer only: a mark in its text is text. */
  #hasAnswered = false
  #thoughtTokens = 0
  #isClosing = false
  #hasHidden = false
  #state: 'open' | 'stopped' | 'called' = 'open'
  #stopSequence: string | undefined

  constructor(init: ReaderInit) {
    this.#init = init
    this.#pieces = new TokenPieces(init)
    this.#mode = init.startsInThought ? 'thought' : 'answer'
  }

  /** A stop string is complete, or no more call may follow: nothing else comes. */
  get isOver(): boolean {
    return this.#state !== 'open'
  }

  /** The stop string that ended the answer. */
  get stopSequence(): string | undefined {
    return this.#stopSequence
  }

  get isThinking(): boolean {
    return this.#mode === 'thought'
  }

  /** Tokens of thoughts so far, without their marks. */
  get thoughtTokens(): number {
    return this.#thoughtTokens
  }

  /** Control tokens came out that mark nothing. */
  get hasHidden(): boolean {
    return this.#hasHidden
  }

  /** Why the answer ends, when the model says that it does. */
  get finishReason(): 'stop' | 'tool_calls' | 'length' {
    if (this.#mode !== 'calls') return 'stop'
    return this.#init.calls?.reader.isWhole ? 'tool_calls' : 'length'
  }

  /** Takes the next token and gives what may be sent now. */
  push(id: number, logprob?: TokenLogprob): Release[] {
    if (this.#mode === 'thought' && !this.#isClosing) this.#thoughtTokens++
    const piece = this.#pieces.push(id, logprob)
    if (piece !== undefined) this.#add(piece)
    return this.#take()
  }

  /** Takes the tokens that end a thought because its budget is used up; they do not count as thoughts. */
  close(ids: readonly number[], logprobOf: (id: number) => TokenLogprob | undefined): Release[] {
    this.#isClosing = true
    const releases = ids.flatMap(id => this.push(id, logprobOf(id)))
    this.#isClosing = false
    return releases
  }

  /** Gives what is left at the end, unfinished characters as one U+FFFD. */
  flush(): Release[] {
    const piece = this.#pieces.flush()
    if (piece !== undefined) this.#add(piece)
    if (!this.isOver) this.#release(this.#held.takeAll())
    if (this.#pending.ids.length > 0) this.#give('')
    return this.#take()
  }

  /**
   * Takes tokens of an answer that were given out already, and forgets what they say. False when they are not the
   * tokens of this text, or one of them does not fit.
   */
  replay(ids: readonly number[], text: string, fits: (id: number) => boolean): boolean {
    let released = ''
    let known = 0
    for (const id of ids) {
      if (this.isOver || !fits(id)) return false
      for (const release of this.push(id)) {
        known += release.tokenIds.length
        if (release.channel === 'answer') released += release.text
      }
    }
    // Ids go out with their text, so what is held back here is known on the other side.
    const held = this.#trims ? this.#held.text.trimStart() : this.#held.text
    this.#skip = { text: held.length, ids: ids.length - known }
    return !this.#hasHidden && released + (this.#mode === 'answer' ? held : '') === text
  }

  #take(): Release[] {
    return this.#releases.splice(0)
  }

  #add(piece: Piece): void {
    this.#held.add(piece)
    while (!this.isOver && this.#advance()) {
      // Every turn reads up to one mark.
    }
  }

  /** Reads up to the next mark; false when there is none yet. */
  #advance(): boolean {
    if (this.#mode === 'calls') return this.#readCalls()
    const { stops, endings, thought, calls } = this.#init
    const isThought = this.#mode === 'thought'
    const openings = isThought ? [] : (calls?.openings ?? [])
    const text = this.#held.text
    const turn = isThought ? thought?.closing : this.#thoughtAt(text)
    const switches = [...openings, ...(turn === undefined ? [] : [turn])]
    const marks = [...endings, ...(isThought ? [] : stops), ...switches]
    const { matchAt, safeLength } = scanForStops(text, marks)
    if (matchAt < 0) {
      // White space in front of a mark is not given out, so it waits for what follows.
      const end = switches.length > 0 ? text.slice(0, safeLength).trimEnd().length : safeLength
      this.#release(this.#held.takeWhole(end))
      return false
    }
    const found = text.slice(matchAt)
    if (turn !== undefined && found.startsWith(turn)) this.#turn(matchAt, turn)
    else if (openings.some(opening => found.startsWith(opening))) this.#open(matchAt)
    else {
      this.#stop(matchAt)
      if (!isThought) this.#stopSequence = stops.find(stop => found.startsWith(stop))
    }
    return true
  }

  /** The mark of a thought, if one may begin here. */
  #thoughtAt(text: string): string | undefined {
    const opening = this.#init.thought?.opening
    const begun = text.trimStart()
    if (opening === undefined || this.#hasAnswered) return undefined
    return opening.startsWith(begun) || begun.startsWith(opening) ? opening : undefined
  }

  #stop(at: number): void {
    const whole = this.#held.takeWhole(at)
    const length = whole.reduce((sum, piece) => sum + piece.text.length, 0)
    // The token in which the stop string begins gives the text before it, and counts.
    this.#release(length < at ? [...whole, ...this.#held.takeUntil(at - length)] : whole)
    this.#held.takeAll()
    this.#state = 'stopped'
  }

  /** A thought begins or ends. */
  #turn(at: number, mark: string): void {
    const before = this.#held.takeUntil(at)
    const marks = this.#held.takeUntil(mark.length)
    this.#release(before, marks)
    this.#trims = true
    if (this.#mode === 'answer') {
      this.#mode = 'thought'
      return
    }
    this.#mode = 'answer'
    if (!this.#isClosing) this.#thoughtTokens -= marks.reduce((sum, piece) => sum + piece.ids.length, 0)
    this.#init.onAnswer?.()
  }

  #open(at: number): void {
    const whole = this.#held.takeWhole(at)
    const length = at - whole.reduce((sum, piece) => sum + piece.text.length, 0)
    const { ids, text } = this.#held
    if (this.#init.onCall?.(text.slice(0, length), ids) === false) {
      this.#release([...whole, ...this.#held.takeAll()])
      return
    }
    const before = [...whole, ...this.#held.takeUntil(length)]
    this.#release(before, this.#held.takeIds())
    this.#mode = 'calls'
  }

  #readCalls(): false {
    const reader = this.#init.calls?.reader
    for (const { ids, text, logprobs } of this.#held.takeAll()) {
      this.#keep([{ ids, text, logprobs, isControl: false }])
      const toolCalls = reader?.push(text) ?? []
      if (toolCalls.length > 0) this.#give('', toolCalls)
    }
    if (reader?.isFinished) this.#state = 'called'
    return false
  }

  /**
   * Gives text out. In front of a mark it goes without the white space at its end, and with the ids of the mark,
   * which is what let it go: who goes on behind it must have read the mark.
   */
  #release(pieces: Piece[], mark?: Piece[]): void {
    let text = ''
    for (const piece of pieces) {
      if (!piece.isControl) text += piece.text
      else if (piece.ids.length > 0) this.#hasHidden = true
    }
    if (mark !== undefined) text = text.trimEnd()
    if (this.#trims) text = text.trimStart()
    if (text !== '') {
      this.#trims = false
      this.#hasAnswered ||= this.#mode === 'answer' && text.trim() !== ''
    }
    const skipped = Math.min(this.#skip.text, text.length)
    this.#skip.text -= skipped
    text = text.slice(skipped)
    this.#keep([...pieces, ...(mark ?? [])])
    if (text !== '') this.#give(text)
  }

  #keep(pieces: Piece[]): void {
    for (const piece of pieces) {
      this.#pending.ids.push(...piece.ids)
      this.#pending.logprobs.push(...piece.logprobs)
    }
  }

  /** Gives out, with all ids that wait. */
  #give(text: string, toolCalls?: ToolCall[]): void {
    const { ids, logprobs } = this.#pending
    this.#pending = { ids: [], logprobs: [] }
    // Ids that were given come without likelihoods, so there are none to leave out.
    const tokenIds = ids.slice(this.#skip.ids)
    this.#skip.ids -= ids.length - tokenIds.length
    const channel = this.#mode === 'thought' ? 'thought' : 'answer'
    const last = this.#releases.at(-1)
    if (last?.channel !== channel) {
      this.#releases.push({ channel, text, tokenIds, logprobs, ...(toolCalls && { toolCalls }) })
      return
    }
    // What one token says goes out as one, so that nobody goes on from the middle of it.
    last.text += text
    last.tokenIds.push(...tokenIds)
    last.logprobs.push(...logprobs)
    if (toolCalls !== undefined) last.toolCalls = [...(last.toolCalls ?? []), ...toolCalls]
  }
}
