import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { newHome } from './command.ts'
import { Page, ROOT } from './page.ts'
import { ANSWER, PageWorld } from './page-world.ts'

const run = promisify(execFile)
const FOLDER_OPTIONS = "createNode({ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false,"

/** A folder with p2pai installed, as a user has it, and files in it. */
function project(files: Record<string, string>): string {
  const folder = newHome(onTestFinished)
  mkdirSync(join(folder, 'node_modules'))
  for (const name of ['p2pai', '@types', 'undici-types']) {
    const target = name === 'p2pai' ? ROOT : join(ROOT, 'node_modules', name)
    symlinkSync(target, join(folder, 'node_modules', name))
  }
  symlinkSync(join(ROOT, 'models'), join(folder, 'models'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const compilerOptions = {
    ...{ target: 'es2024', lib: ['es2024', 'esnext.disposable'], module: 'nodenext', types: ['node'] },
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true }
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

async function typeCheck(folder: string): Promise<void> {
  const checked = run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder])
  await checked.catch(({ stdout }: { stdout: string }) => expect.fail(stdout))
}

describe('programs of docs/embed.md', () => {
  let world: PageWorld
  beforeAll(async () => {
    world = await PageWorld.start()
  })
  afterAll(async () => await world.stop())

  /** What each of them prints, in the order of the page. */
  const PRINTS = [
    (out: string) => expect(out).toBe(ANSWER),
    (out: string) => expect(out).toContain(`scripted:test ${world.provider.peerId} `),
    (out: string) => expect(out).toBe(ANSWER),
    (out: string) => expect(out).toBe('The … aborted\n'),
    (out: string) => expect(out).toContain('18 degrees in Paris'),
    (out: string) => expect(out).toMatch(/^2 \d+ scripted:test\n2\n$/),
    (out: string) => expect(out).toBe(`${ANSWER}\n`),
    (out: string) => expect(out).toMatch(/^p2pai-tiny:/),
    (out: string) => expect(out).toMatch(/^model_not_found true \[ 'scripted:test' \]\n$/)
  ]
  const programs = new Page('docs/embed.md').blocks('ts')

  test('all of them are run here', () => expect(programs).toHaveLength(PRINTS.length))

  test.each(programs.map((program, index) => ({ program, index })))(
    'program $index runs',
    async ({ program, index }) => {
      const text = world.here(program).replace('createNode({', FOLDER_OPTIONS)
      const { stdout } = await run(process.execPath, ['program.ts'], { cwd: project({ 'program.ts': text }) })
      PRINTS[index]?.(stdout)
    }
  )

  test('all of them fit the types', async () => {
    const files = programs.map((program, index) => [`program-${index}.ts`, program])
    await typeCheck(project(Object.fromEntries(files)))
  })
})

describe('the engine of docs/write-an-engine.md', () => {
  const page = new Page('docs/write-an-engine.md')
  const files = Object.fromEntries(
    page.blocks('ts').map(text => [/^\/\/ (\S+)\n/.exec(text)![1]!, text.replaceAll('createNode({', FOLDER_OPTIONS)])
  )

  test('passes the conformance suite with the command of the page, and fits the types', async () => {
    expect(page.commands).toEqual([['node --test echo-engine.test.ts']])
    const folder = project(files)
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', 'echo-engine.test.ts'], {
      cwd: folder,
      // The reporter of a test that runs another one would be taken for this one's.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined }
    })
    expect(stdout).toMatch(/^# pass [1-9]\d$/m)
    expect(stdout).toMatch(/^# fail 0$/m)
    await typeCheck(folder)
  })

  test('answers from another node', async () => {
    const { stdout } = await run(process.execPath, ['serve-echo.ts'], { cwd: project(files) })
    expect(stdout).toBe('Hello from the other side\n')
  })
})
