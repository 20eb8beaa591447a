import type {
  AcceptedEvent,
  DeltaEvent,
  EndEvent,
  EngineEvent,
  GenerateOptions,
  GenerateRequest,
  InferenceEngine,
  ToolCall
} from '../interface/index.ts'

/** A whole answer, event by event. */
export interface Collected {
  events: EngineEvent[]
  accepted: AcceptedEvent
  deltas: DeltaEvent[]
  end: EndEvent
  /** The answer: all deltas of the answer channel joined. */
  text: string
  /** The reasoning: all deltas of the channel `thought` joined. */
  thoughts: string
  /** The calls, their pieces joined, in the order in which they began. */
  toolCalls: ToolCall[]
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
  const textOf = (channel: DeltaEvent['channel']) =>
    deltas.map(delta => (delta.channel === channel ? delta.text : '')).join('')
  const toolCalls = joinToolCalls(deltas)
  return { events, accepted, deltas, end, text: textOf('answer'), thoughts: textOf('thought'), toolCalls }
}

/** Joins the pieces of calls: an id that came before goes on where its arguments stopped. */
export function joinToolCalls(deltas: readonly DeltaEvent[]): ToolCall[] {
  const calls = new Map<string, ToolCall>()
  for (const { id, name, arguments: piece } of deltas.flatMap(delta => delta.toolCalls ?? [])) {
    const known = calls.get(id)
    if (known === undefined) calls.set(id, { id, name, arguments: piece })
    else known.arguments += piece
  }
  return [...calls.values()]
}
