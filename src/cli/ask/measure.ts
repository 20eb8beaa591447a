import { AnswerClock, type AnswerResult, type EngineEvent, ProviderLostError } from '../../index.ts'

/** Follows an answer while it is printed, and sums it up. */
export class Measurement {
  private readonly clock = new AnswerClock()
  private text = ''
  private model = { name: '', digest: '' }
  /** Who answers when the events name nobody: the engine that was asked answered itself. */
  peerId = 'local'

  /** Takes in the next event. Returns the sum with the last one. */
  add(event: EngineEvent): AnswerResult | undefined {
    this.clock.see(event)
    if (event.type === 'accepted') {
      this.model = event.model
      this.peerId = event.provider?.peerId ?? this.peerId
    }
    if (event.type === 'delta' && event.channel === 'answer') this.text += event.text
    if (event.type !== 'end') return undefined
    return {
      text: this.text,
      finishReason: event.finishReason,
      model: this.model,
      provider: { peerId: this.peerId },
      usage: event.usage,
      timings: this.clock.timings(event),
      attempts: event.attempts ?? [{ peerId: this.peerId, outcome: 'ok' }]
    }
  }
}

/** The sum of an answer whose events were all seen. */
export function complete(result: AnswerResult | undefined): AnswerResult {
  if (result === undefined) throw new ProviderLostError('the answer ended before its end')
  return result
}
