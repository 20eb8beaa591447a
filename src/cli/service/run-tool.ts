import { spawn } from 'node:child_process'
import { InternalError } from '../../index.ts'

/** Managers answer in a second; starting a service may take as long as its model. */
const TOOL_TIMEOUT_MS = 60_000
const MAX_SAID_CHARACTERS = 4_000

/** What a tool of the system left. */
export interface ToolResult {
  code: number
  out: string
  err: string
}

/** Runs a tool of the system; undefined when there is none of that name. */
export async function runTool(name: string, words: string[]): Promise<ToolResult | undefined> {
  return await new Promise((resolve, reject) => {
    const child = spawn(name, words, { stdio: ['ignore', 'pipe', 'pipe'], timeout: TOOL_TIMEOUT_MS })
    const said = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', text => {
      said.out = (said.out + text).slice(-MAX_SAID_CHARACTERS)
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      said.err = (said.err + text).slice(-MAX_SAID_CHARACTERS)
    })
    child.on('error', error => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') resolve(undefined)
      else reject(new InternalError(`cannot run ${name}: ${error.message}`, { cause: error }))
    })
    child.on('close', code => resolve({ code: code ?? 1, ...said }))
  })
}

/** Like `runTool`, for a step that must succeed. Throws `InternalError` with what the tool said. */
export async function mustRun(name: string, words: string[]): Promise<boolean> {
  const result = await runTool(name, words)
  if (result === undefined) return false
  if (result.code === 0) return true
  const said = (result.err || result.out).trim().split('\n').at(-1) ?? ''
  throw new InternalError(`${name} ${words.join(' ')} failed with ${result.code}: ${said}`)
}
