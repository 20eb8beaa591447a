import type {
  AcceptedEvent,
  DeltaEvent,
  EndEvent,
  EngineEvent,
  GenerateOptions,
  GenerateRequest,
  InferenceEngine
} from '../interface/index.ts'

/** A whole answer, event by event. */
export interface Collected {
  events: EngineEvent[]
  accepted: AcceptedEvent
  deltas: DeltaEvent[]
  end: EndEvent
  /** The answer: all deltas of the answer channel joined. */
  text: string
}

/** Asks and reads to the end. Throws what the engine throws, and when `accepted` or `end` is missing. */
export async function collect(
  engine: InferenceEngine,
  request: GenerateRequest,
  options?: GenerateOptions
): Promise<Collected> {
  const events: EngineEvent[] = []
  for await (const event of engine.generate(request, options)) events.push(event)
  const accepted = events.find(event => event.type === 'accepted')
  const end = events.find(event => event.type === 'end')
  if (accepted === undefined || end === undefined) throw new Error('the answer has no accepted or no end event')
  const deltas = events.filter(event => event.type === 'delta')
  const answer = deltas.filter(delta => delta.channel === 'answer')
  return { events, accepted, deltas, end, text: answer.map(delta => delta.text).join('') }
}
