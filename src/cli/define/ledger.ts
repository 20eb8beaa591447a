import { Command } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'

const JSON_FLAG = ['--json', 'print one JSON document'] as const

/** `p2pai ledger` and the commands below it. */
export function ledgerCommand(run: RunCommand) {
  const ledger = new Command('ledger').description('show who gave and took how much, and who owes whom').addHelpText(
    'after',
    `
Of every answer between two nodes that keep books both sides sign a receipt: how
many tokens, with which model, at what price. No coin stands behind it: it is
what two people can settle by, in whatever way they agree on.

Examples:
  $ p2pai ledger
  $ p2pai ledger export receipts.jsonl
  $ p2pai ledger verify receipts.jsonl`
  )
  ledger.addCommand(showCommand(run), { isDefault: true })
  for (const command of [exportCommand(run), verifyCommand(run)]) ledger.addCommand(command)
  return ledger
}

function showCommand(run: RunCommand) {
  return new Command('show')
    .description('list the accounts, those with most work first (the default)')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai ledger show --json')
    .action(flags => run(async context => (await import('../commands/ledger.ts')).showLedger(flags, context)))
}

function exportCommand(run: RunCommand) {
  return new Command('export')
    .description('write the receipts that both sides signed, one a line')
    .argument('[file]', 'where to; without it standard output')
    .addHelpText('after', '\nExample:\n  $ p2pai ledger export receipts.jsonl')
    .action(file => run(async context => (await import('../commands/ledger.ts')).exportLedger(file, context)))
}

function verifyCommand(run: RunCommand) {
  return new Command('verify')
    .description('check a file of receipts, of anybody, and sum it up')
    .argument('<file>', 'as export writes it; - is standard input')
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      '\nNeeds no daemon, no network and no key. Exits with 1 when a line proves nothing.\n\nExample:\n  $ p2pai ledger verify receipts.jsonl'
    )
    .action((file, flags) =>
      run(async context => (await import('../commands/ledger.ts')).verifyLedger(file, flags, context))
    )
}
