/** The thread that reads a stranger's markdown: one task, one answer. */
import { parentPort, workerData } from 'node:worker_threads'
import { Marked, type Token } from 'marked'
import type { CodeBlock, MarkdownTask } from './index.ts'

const task = workerData as MarkdownTask
parentPort?.postMessage(task.kind === 'render' ? await render(task.text, task.columns) : code(task.text))

async function render(text: string, columns: number): Promise<string> {
  const { markedTerminal } = await import('marked-terminal')
  const marked = new Marked(
    markedTerminal({
      width: columns,
      reflowText: true,
      emoji: false,
      tableOptions: { wordWrap: true, wrapOnWordBoundary: false }
    })
  )
  // Otherwise what stands directly in a list is shown as it was written.
  marked.use({
    renderer: {
      text(token) {
        return 'tokens' in token && token.tokens ? this.parser.parseInline(token.tokens) : false
      }
    }
  })
  return await marked.parse(text)
}

function code(text: string): CodeBlock | null {
  const marked = new Marked()
  let found: CodeBlock | null = null
  marked.walkTokens(marked.lexer(text), (token: Token) => {
    if (found !== null || token.type !== 'code' || token.codeBlockStyle === 'indented') return
    const fence = /^ *(`{3,}|~{3,})/.exec(token.raw)?.[1] ?? '```'
    const last = token.raw.trimEnd().split('\n').at(-1)?.trim() ?? ''
    const closed = token.raw.includes('\n') && last.startsWith(fence) && !/[^`~]/.test(last)
    found = { text: token.text, closed }
  })
  return found
}
