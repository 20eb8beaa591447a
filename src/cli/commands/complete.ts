import type { Command } from '@commander-js/extra-typings'
import { BASH_COLONS } from '../complete/bash.ts'
import { liveNames, NO_NAMES } from '../complete/live-names.ts'
import { completionTree } from '../complete/tree.ts'
import { settingsOf } from '../config/keys.ts'
import type { CommandContext } from '../context.ts'

/** Shells that there is a script for. */
export type Shell = 'bash' | 'zsh' | 'fish' | 'powershell'

/** `p2pai complete SHELL`: the script that the shell reads once. */
export async function completionScript(shell: Shell, program: Command, { terminal }: CommandContext): Promise<number> {
  const tree = completionTree(program, NO_NAMES)
  const script = printed(() => tree.setup('p2pai', 'p2pai', shell))
  // A shell that reads it twice would complain of constants.
  if (shell === 'bash') await terminal.write(`${script.replace(/^readonly /gm, '')}${BASH_COLONS}`)
  else await terminal.write(script)
  return 0
}

/** `p2pai complete -- WORDS`: what may stand in place of the last word. Asked by the script at every key. */
export async function completeWords(words: string[], program: Command, { terminal }: CommandContext): Promise<number> {
  const settings = settingsOf(program).map(({ key }) => key)
  const names = words.length > 1 ? { ...(await liveNames()), settings } : NO_NAMES
  const tree = completionTree(program, names)
  await terminal.write(printed(() => tree.parse([...words])))
  return 0
}

/** The library prints by itself, with `console.log` and at once. */
function printed(print: () => void): string {
  const { log } = console
  let text = ''
  console.log = (line: unknown) => {
    text += `${line}\n`
  }
  try {
    print()
  } finally {
    console.log = log
  }
  return text
}
