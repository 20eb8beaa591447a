/** Deeper than any configuration; keeps a hostile file from exhausting the stack. */
const MAX_DEPTH = 16
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y

/** What is wrong with a text that should be JSON, and in which line, from 1. */
export class JsonProblem extends Error {
  readonly line: number

  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

/**
 * The line of every key of a JSON text, under its path joined by points. `JSON.parse` reads values but tells of no
 * lines, and of twice the same key nothing at all. Throws `JsonProblem`.
 */
export function linesOfKeys(text: string): Map<string, number> {
  const lines = new Map<string, number>()
  let at = 0
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length
  const fail = (message: string): never => {
    throw new JsonProblem(message, lineAt(Math.min(at, text.trimEnd().length)))
  }
  const skip = (): void => {
    while (/[ \t\r\n]/.test(text[at] ?? '')) at++
  }
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    at += found?.length ?? 0
    return found
  }
  const found = (): string => (at < text.length ? `this is ${JSON.stringify(text[at])}` : 'the file ends')

  function list(end: string, depth: number, item: () => void): void {
    if (depth > MAX_DEPTH) fail('it is nested too deeply')
    at++
    skip()
    if (text[at] === end) return void at++
    for (;;) {
      item()
      skip()
      if (text[at] === end) return void at++
      if (text[at] !== ',') fail(`a comma or ${end} is missing: ${found()}`)
      at++
      skip()
    }
  }

  function value(path: string[], depth: number): void {
    skip()
    if (text[at] === '{') list('}', depth, () => member(path, depth))
    else if (text[at] === '[') list(']', depth, () => value([...path, '[]'], depth + 1))
    else if (take(STRING) === undefined && take(SCALAR) === undefined) fail(`a value is missing: ${found()}`)
  }

  function member(path: string[], depth: number): void {
    const line = lineAt(at)
    const quoted = take(STRING) ?? fail(`a name in double quotes is missing: ${found()}`)
    const inner = [...path, JSON.parse(quoted) as string]
    if (lines.has(inner.join('.')) && !inner.includes('[]')) fail(`${inner.join('.')} is there twice`)
    lines.set(inner.join('.'), line)
    skip()
    if (text[at] !== ':') fail(`a colon is missing: ${found()}`)
    at++
    value(inner, depth + 1)
  }

  value([], 0)
  skip()
  if (at < text.length) fail(`there is more after the end: ${found()}`)
  return lines
}
