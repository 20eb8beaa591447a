import { Command } from '@commander-js/extra-typings'
import type { Shell } from '../commands/complete.ts'
import type { RunCommand } from '../context.ts'

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish', 'powershell']

/** `p2pai complete`. `program` gives the whole command line. */
export function completeCommand(run: RunCommand, program: () => Command) {
  const command = new Command('complete')
    .description('print the script with which a shell completes commands and names')
    .argument('[words...]', `${SHELLS.join(', ')}; after -- words to complete`)
    .addHelpText(
      'after',
      `
The script asks p2pai at every key; models and peers are those of the moment.

Examples:
  $ p2pai complete bash > ~/.local/share/bash-completion/completions/p2pai
  $ p2pai complete zsh > ~/.zsh/completions/_p2pai
  $ p2pai complete fish > ~/.config/fish/completions/p2pai.fish`
    )
  return command.action(words =>
    run(async context => {
      const { completeWords, completionScript } = await import('../commands/complete.ts')
      const raw = (program() as Command & { rawArgs: string[] }).rawArgs
      if (raw[raw.indexOf('complete') + 1] === '--') return completeWords(words, program(), context)
      const shell = SHELLS.find(known => known === words[0])
      if (shell === undefined || words.length > 1) {
        return command.error(`error: name one shell: ${SHELLS.join(', ')}`)
      }
      return completionScript(shell, program(), context)
    })
  )
}
