import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** What is wrong with a body, for the client: the parameter's name as `messages[0].content`, and a sentence. */
export function issueText(issues: readonly Issue[]): { field: string; message: string } {
  const { issue, path } = deepest(issues, [])
  if (issue === undefined) return { field: 'body', message: 'the body is not valid' }
  if (issue.code === 'unrecognized_keys') {
    const field = pathText([...path, issue.keys[0] ?? ''])
    return { field, message: `${field}: this parameter is not known, or cannot be honoured` }
  }
  const field = pathText(path) || 'body'
  return { field, message: `${field}: ${issue.message}` }
}

/** Of the branches of a union the one that went furthest is what the client meant. */
function deepest(issues: readonly Issue[], base: readonly PropertyKey[]): { issue?: Issue; path: PropertyKey[] } {
  const [issue] = issues
  if (issue === undefined) return { path: [...base] }
  const path = [...base, ...issue.path]
  if (issue.code !== 'invalid_union') return { issue, path }
  const branches = issue.errors.filter(branch => branch.length > 0).map(branch => deepest(branch, path))
  const best = branches.reduce((a, b) => (b.path.length > a.path.length ? b : a), { issue, path })
  return best.path.length > path.length || isKeyIssue(branches) === undefined ? best : isKeyIssue(branches)!
}

function isKeyIssue(
  branches: { issue?: Issue; path: PropertyKey[] }[]
): { issue?: Issue; path: PropertyKey[] } | undefined {
  return branches.find(branch => branch.issue?.code === 'unrecognized_keys')
}

/** Cut, since a key is the client's text and may be long. */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>((before, step) => {
    if (typeof step === 'number') return `${before}[${step}]`
    return before === '' ? String(step) : `${before}.${String(step)}`
  }, '')
  return text.slice(0, 128)
}
