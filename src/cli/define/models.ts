import { Command } from '@commander-js/extra-typings'
import type { RunCommand } from '../context.ts'

const JSON_FLAG = ['--json', 'print one JSON document'] as const

/** The verbs that users of ollama type without `models` before them; they do the same with and without. */
export function modelVerbs(run: RunCommand) {
  const ls = lsCommand(run).description('list the models on this machine and in reach')
  return [pullCommand(run), ls, showCommand(run), rmCommand(run)].map(command =>
    command.helpGroup('Short for the commands below models:')
  )
}

/** `p2pai models` and the commands below it. */
export function modelsCommand(run: RunCommand) {
  const models = new Command('models').description('list, get and remove models').addHelpText(
    'after',
    `
Without a command it lists: models installed here, models in the stores of
ollama and the hub's tools, and models that peers serve.

Examples:
  $ p2pai models
  $ p2pai models recommend
  $ p2pai models pull qwen3:4b`
  )
  models.addCommand(lsCommand(run), { isDefault: true })
  for (const command of [
    pullCommand(run),
    showCommand(run),
    rmCommand(run),
    unloadCommand(run),
    recommendCommand(run)
  ]) {
    models.addCommand(command)
  }
  return models
}

function lsCommand(run: RunCommand) {
  return new Command('ls')
    .alias('list')
    .description('list the models on this machine and in reach (the default)')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai models ls')
    .action(flags => run(async context => (await import('../commands/models.ts')).models(flags, context)))
}

function pullCommand(run: RunCommand) {
  return new Command('pull')
    .description('get a model: of the catalog, of the hub, from an address or a file')
    .argument('<model>', 'name, hf:owner/name[:QUANT], address, or file')
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
The file is checked against the SHA-256 that the hub names. A pull that was
broken off goes on where it ended. Models that ollama or the hub's own tools
have fetched are used where they are. HF_TOKEN opens gated models.

Examples:
  $ p2pai models pull qwen3:4b
  $ p2pai models pull hf:Qwen/Qwen3-8B-GGUF:Q4_K_M
  $ p2pai models pull ./my-model.gguf`
    )
    .action((model, flags) =>
      run(async context => (await import('../commands/models-pull.ts')).pullModel(model, flags, context))
    )
}

function showCommand(run: RunCommand) {
  return new Command('show')
    .description('show what is known of a model')
    .argument('<model>', 'name or digest')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai models show qwen3:4b')
    .action((model, flags) =>
      run(async context => (await import('../commands/models-show.ts')).showModel(model, flags, context))
    )
}

function rmCommand(run: RunCommand) {
  return new Command('rm')
    .description('remove installed models; files of other programs stay')
    .argument('<model...>', 'names or digests')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai models rm qwen3:4b')
    .action((names, flags) =>
      run(async context => (await import('../commands/models-rm.ts')).removeModels(names, flags, context))
    )
}

function unloadCommand(run: RunCommand) {
  return new Command('unload')
    .description('free the memory of a model of the daemon until it is asked again')
    .argument('<model>', 'name or digest')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nA model at work is not unloaded.\n\nExample:\n  $ p2pai models unload qwen3:4b')
    .action((model, flags) =>
      run(async context => (await import('../commands/models-unload.ts')).unloadModel(model, flags, context))
    )
}

function recommendCommand(run: RunCommand) {
  return new Command('recommend')
    .description('list the models of the catalog, best for this machine first')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExample:\n  $ p2pai models recommend')
    .action(flags =>
      run(async context => (await import('../commands/models-recommend.ts')).recommendModels(flags, context))
    )
}
