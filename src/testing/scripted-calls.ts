import { createHash } from 'node:crypto'
import { type GenerateRequest, messageText, type ToolCall } from '../interface/index.ts'
import { exampleOf } from './scripted-example.ts'
import type { ScriptedEngineOptions, ScriptedToolCall } from './scripted-options.ts'

/** Arguments come in pieces of this many characters, so that every reader has to join them. */
const PIECE_LENGTH = 7

/** The calls that answer a request: those of the script, or what its tool choice demands. Empty: it answers with text. */
export function scriptedCalls(request: GenerateRequest, options: ScriptedEngineOptions): ToolCall[] {
  const { tools = [], toolChoice = 'auto', parallelToolCalls = true } = request
  if (tools.length === 0 || toolChoice === 'none') return []
  const named = typeof toolChoice === 'object' ? toolChoice.name : undefined
  let calls = ofScript(request, options).filter(call => named === undefined || call.name === named)
  if (calls.length === 0 && toolChoice !== 'auto') calls = [{ name: named ?? tools[0]!.name }]
  return calls.slice(0, parallelToolCalls ? undefined : 1).map(({ name, arguments: given }, index) => {
    const schema = tools.find(tool => tool.name === name)?.parameters ?? { type: 'object' }
    // A tool without a schema takes an object like any other.
    const value = given ?? exampleOf({ type: 'object', ...schema }, 'tools.parameters')
    return { id: callId(request, index), name, arguments: typeof value === 'string' ? value : JSON.stringify(value) }
  })
}

/** The pieces in which a call is given out; the first one has its name. */
export function callPieces({ id, name, arguments: text }: ToolCall): ToolCall[] {
  const pieces = text.match(new RegExp(`[^]{1,${PIECE_LENGTH}}`, 'gu')) ?? []
  return [{ id, name, arguments: '' }, ...pieces.map(piece => ({ id, name: '', arguments: piece }))]
}

/** A list is for the first turn: after a result it would call for ever. A function decides by itself. */
function ofScript(request: GenerateRequest, { toolCalls }: ScriptedEngineOptions): ScriptedToolCall[] {
  if (typeof toolCalls === 'function') return toolCalls(request) ?? []
  return request.messages.at(-1)?.role === 'tool' ? [] : (toolCalls ?? [])
}

/** The same for the same conversation, so that a call that is continued elsewhere keeps its id. */
function callId(request: GenerateRequest, index: number): string {
  const content = request.messages.map(message => [message.role, messageText(message), message.toolCalls])
  const hash = createHash('sha256').update(JSON.stringify([content, index]))
  return `call_${hash.digest('hex').slice(0, 24)}`
}
