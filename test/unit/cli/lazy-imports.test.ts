import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const SOURCE = join(import.meta.dirname, '../../../src')
/** Lists what an import loads, by the resolutions that a hook sees. */
const LIST = `
  import { registerHooks } from 'node:module'
  const loaded = []
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
  for (const url of process.argv.slice(1)) await import(url)
  console.log(JSON.stringify(loaded))
`

async function loadedBy(...files: string[]): Promise<string[]> {
  const urls = files.map(file => `file://${join(SOURCE, file)}`)
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', LIST, ...urls])
  return JSON.parse(stdout) as string[]
}

function packages(urls: string[]): string[] {
  const names = urls.map(url => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1])
  return [...new Set(names.filter(name => name !== undefined))].sort()
}

test('help loads the parser and nothing heavy', async () => {
  const loaded = await loadedBy('cli/index.ts')
  expect(packages(loaded)).toEqual(['@commander-js/extra-typings', 'commander', 'env-paths', 'is-safe-filename'])
  expect(
    loaded.filter(url =>
      /\/src\/(node\/(?!home\/paths|answer|sessions\/session)|gateway\/control\/(app|server)|inference|routing|protocols)/.test(
        url
      )
    )
  ).toEqual([])
})

test('asking a daemon loads neither libp2p nor an HTTP library', async () => {
  const loaded = await loadedBy('cli/index.ts', 'cli/commands/ask.ts', 'gateway/control/client.ts')
  expect(packages(loaded)).toEqual(['@commander-js/extra-typings', 'commander', 'env-paths', 'is-safe-filename'])
})
