import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { newHome, PROGRAM } from './command.ts'

/** A copy of the guard that finds every Node too old. */
function pickyCopy(): { folder: string; script: string } {
  const folder = newHome()
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const script = join(folder, 'bin/p2pai.js')
  writeFileSync(script, readFileSync(PROGRAM, 'utf8').replace('[22, 13]', '[99, 0]'))
  return { folder, script }
}

test('an old Node is told what is needed, in one line', () => {
  const { script } = pickyCopy()
  const { status, stderr } = spawnSync(process.execPath, [script, '--help'], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toBe(`p2pai: needs Node.js >= 99.0, this is v${process.versions.node} (${process.execPath})\n`)
})

test('an old Node hands over to the one in node_modules, with arguments, input, output and exit code', () => {
  const { folder, script } = pickyCopy()
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
  const near = join(folder, 'node_modules/.bin/node')
  writeFileSync(near, '#!/bin/sh\ncat\necho "$2 $3"\nexit 75\n')
  chmodSync(near, 0o755)
  const { status, stdout } = spawnSync(process.execPath, [script, 'ask', 'Hello'], {
    encoding: 'utf8',
    input: 'piped\n'
  })
  expect({ status, stdout }).toEqual({ status: 75, stdout: 'piped\nask Hello\n' })
})

test('on Windows the program of the package is started, not the script in .bin', () => {
  const { folder, script } = pickyCopy()
  for (const [place, says] of [
    ['.bin/node.cmd', 'script'],
    ['node/bin/node.exe', 'program']
  ] as const) {
    const file = join(folder, 'node_modules', place)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `#!/bin/sh\necho ${says}\n`)
    chmodSync(file, 0o755)
  }
  const windows = `data:text/javascript,Object.defineProperty(process,'platform',{value:'win32'})`
  const { status, stdout } = spawnSync(process.execPath, ['--import', windows, script], { encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'program\n' })
})

test('a Node that is handed over to and is too old itself does not go round in circles', () => {
  const { folder, script } = pickyCopy()
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
  const near = join(folder, 'node_modules/.bin/node')
  writeFileSync(near, `#!/bin/sh\nexec "${process.execPath}" "$@"\n`)
  chmodSync(near, 0o755)
  const { status, stderr } = spawnSync(process.execPath, [script, '--help'], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^p2pai: needs Node\.js >= 99\.0.*\n$/)
})

test('a package that is not built says how to build it', () => {
  const { script } = pickyCopy()
  writeFileSync(script, readFileSync(PROGRAM, 'utf8'))
  const { status, stderr } = spawnSync(process.execPath, [script, '--help'], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'p2pai: not built yet; build it with: npm run build\n' })
})
