import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newHome, PROGRAM, run, type Served, serve } from './command.ts'

const cleanUps: (() => void)[] = []
const home = newHome(cleanUp => cleanUps.push(cleanUp))
const bin = newHome(cleanUp => cleanUps.push(cleanUp))
const env = { ...process.env, P2PAI_HOME: home, PATH: `${bin}${delimiter}${process.env.PATH}` }
let near: Served
let far: Served

beforeAll(async () => {
  symlinkSync(PROGRAM, join(bin, 'p2pai'))
  mkdirSync(join(home, 'daemon'))
  far = await serve(join(home, 'far'), ['--name', 'attic'])
  // A name that would do something if a shell took it for more than a word.
  const trap = await serve(join(home, 'trap'), [
    '--no-model',
    '--name',
    '$(touch trap)',
    '--bootstrap',
    far.ready.addresses[0]!
  ])
  near = await serve(home, [
    '--no-model',
    '--bootstrap',
    far.ready.addresses[0]!,
    '--bootstrap',
    trap.ready.addresses[0]!
  ])
  cleanUps.push(() => void trap.stop())
  for (let turn = 0; turn < 100; turn++) {
    const { out } = await run(home, ['peers'])
    if (out.includes('attic')) return
  }
  throw new Error('the far peer was not found')
})

afterAll(async () => {
  await Promise.all([near.stop(), far.stop()])
  for (const cleanUp of cleanUps) cleanUp()
})

/** What a real bash offers for a line. */
function offered(line: string, prelude = ''): string[] {
  const script = `${prelude}
    source <(p2pai complete bash); source <(p2pai complete bash)
    COMP_LINE=$1 COMP_POINT=\${#1}; read -ra COMP_WORDS <<< "$1"
    [[ $1 == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
    __p2pai_without_colons
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', line], {
    env,
    encoding: 'utf8',
    cwd: bin
  })
  // Outside of a running completion there is nothing whose options could be set.
  const said = stderr.split('\n').filter(text => text !== '' && !text.includes('compopt: not currently executing'))
  expect({ status, said }).toEqual({ status: 0, said: [] })
  return stdout
    .split('\n')
    .filter(word => word !== '')
    .sort()
}

test('bash completes commands, flags, choices and settings', () => {
  expect(offered('p2pai st')).toEqual(['status', 'stop'])
  expect(offered('p2pai models re')).toEqual(['recommend'])
  expect(offered('p2pai serve --log-f')).toEqual(['--log-format'])
  expect(offered('p2pai serve --log-format ')).toEqual(['json', 'pretty'])
  expect(offered('p2pai config set serve.sl')).toEqual(['serve.slots'])
})

/** Like `offered`, but again while a busy machine has not gathered the names in the time that a key press allows. */
function offeredInTime(line: string, isThere: (words: string[]) => boolean): string[] {
  for (let turn = 0; turn < 20; turn++) {
    const words = offered(line)
    if (isThere(words)) return words
  }
  return offered(line)
}

test('bash completes models and peers of the moment, and no name that it would run', () => {
  const model = far.ready.models[0]!.name
  expect(offeredInTime('p2pai ask --model ', words => words.length > 1)).toEqual(['auto', model].sort())
  // Bash has taken the word apart at the colon already.
  const [before, after] = model.split(':')
  const some = (words: string[]) => words.length > 0
  expect(offeredInTime(`p2pai ask -m ${before}:`, some)).toEqual([after])
  expect(offeredInTime('p2pai ping att', some)).toEqual(['attic'])
  expect(offeredInTime(`p2pai ping ${far.ready.peerId.slice(0, 30)}`, some)).toEqual([far.ready.peerId])
  const peers = offeredInTime('p2pai ask --peer ', some)
  expect(peers).toContain('attic')
  expect(peers.join()).not.toContain('touch')
})

test('without a daemon the names of this machine are offered, and nothing is waited for', async () => {
  const { code, out } = await run(newHome(), ['complete', '--', 'ask', '-m', ''])
  expect({ code, out }).toEqual({ code: 0, out: 'auto\t\n:4\n' })
  const { out: removable } = await run(newHome(), ['complete', '--', 'models', 'rm', ''])
  expect(removable).toBe(':4\n')
  const { out: catalog } = await run(newHome(), ['complete', '--', 'models', 'pull', 'qwen'])
  expect(catalog).toMatch(/^qwen\S+:\S+\t$/m)
})

test.each(['bash', 'zsh', 'fish', 'powershell'])('there is a script for %s', async shell => {
  const { code, out, err } = await run(home, ['complete', shell])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/p2pai['" ]+complete/)
  const file = join(bin, shell)
  writeFileSync(file, out)
  const interpreter = { bash: 'bash', zsh: 'zsh', fish: 'fish' }[shell]
  // Shells that are installed here read it, at least.
  const read = interpreter && spawnSync(interpreter, ['-n', file], { encoding: 'utf8' })
  if (read && read.error === undefined)
    expect({ status: read.status, stderr: read.stderr }).toEqual({ status: 0, stderr: '' })
})

test('another shell is named as an error', async () => {
  expect(await run(home, ['complete', 'tcsh'])).toMatchObject({
    code: 2,
    err: 'p2pai: name one shell: bash, zsh, fish, powershell\n'
  })
})
