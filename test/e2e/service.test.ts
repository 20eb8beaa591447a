import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newHome, PROGRAM, run, serve } from './command.ts'

const ROOT = join(import.meta.dirname, '../..')
const linux = test.skipIf(process.platform !== 'linux')
const ANALYZE = 'systemd-analyze'
const hasAnalyze = spawnSync(ANALYZE, ['--version']).error === undefined
if (!hasAnalyze) console.warn(`skipped: ${ANALYZE} is not here, so that no unit can be verified`)

/** A user of a machine with a `systemctl` that only writes down what it is told, and does as `script` says. */
function user(script = 'exit 0') {
  const folder = newHome()
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const calls = join(folder, 'calls')
  writeFileSync(join(bin, 'systemctl'), `#!/bin/sh\necho "$*" >> '${calls}'\n${script}\n`)
  chmodSync(join(bin, 'systemctl'), 0o755)
  const home = join(folder, 'home of $me 100%')
  const env = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), PATH: `${bin}:${process.env.PATH}` }
  const unit = join(folder, 'config/systemd/user/p2pai.service')
  return {
    home,
    unit,
    env,
    calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []),
    service: async (...words: string[]) => await run(home, ['service', ...words], { env })
  }
}

function verify(unit: string, ...words: string[]) {
  const { status, stderr } = spawnSync(ANALYZE, ['verify', ...words, unit], {
    encoding: 'utf8',
    env: { ...process.env, XDG_RUNTIME_DIR: newHome() }
  })
  // Units that belong to the system of the machine are none of ours.
  return { status, said: stderr.split('\n').filter(line => line.includes('p2pai')) }
}

linux('install writes the unit and starts it; status tells; remove leaves nothing', async () => {
  const { service, unit, calls } = user()
  expect(await service('status', '--json')).toMatchObject({ code: 3 })
  expect(await service('install')).toMatchObject({ code: 0, out: `the service is installed and started: ${unit}\n` })
  expect(calls()).toEqual(['--user daemon-reload', '--user enable --now p2pai.service'])
  const text = readFileSync(unit, 'utf8')
  expect(text).toContain(`ExecStart="${process.execPath}" "${PROGRAM}" serve\n`)
  expect(text).toMatch(/^Environment="P2PAI_HOME=.*home of \$me 100%%"$/m)
  const status = await service('status', '--json')
  expect(status.code).toBe(0)
  expect(JSON.parse(status.out)).toEqual({ version: 1, path: unit, installed: true, enabled: true, active: true })
  expect(await service('remove')).toMatchObject({ code: 0 })
  expect(existsSync(unit)).toBe(false)
  expect(calls().slice(-2)).toEqual(['--user disable --now p2pai.service', '--user daemon-reload'])
  expect(await service('remove')).toMatchObject({ code: 0, err: 'no service is installed\n' })
})

linux('--print prints the unit, and changes nothing', async () => {
  const { service, unit, calls } = user()
  const { code, out } = await service('install', '--print')
  expect({ code, there: existsSync(unit), calls: calls() }).toEqual({ code: 0, there: false, calls: [] })
  expect(out).toMatch(/^\[Unit\]\n[\s\S]*WantedBy=default\.target\n$/)
})

linux('what systemctl complains of is told, and a machine without it is not an error', async () => {
  const failing = user('[ "$2" = enable ] && { echo "Failed to connect to bus" >&2; exit 1; }; exit 0')
  expect(await failing.service('install')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^p2pai: systemctl --user enable .* failed with 1: Failed to connect to bus\n$/)
  })
  const { home, env, unit } = user()
  const without = await run(home, ['service', 'install'], { env: { ...env, PATH: '/nowhere' } })
  expect(without).toMatchObject({ code: 0, err: 'systemctl is not here, so that nothing starts it yet\n' })
  expect(existsSync(unit)).toBe(true)
})

linux('a daemon that runs already keeps the service out', async () => {
  const { home, env, unit } = user()
  mkdirSync(home, { mode: 0o700 })
  const daemon = await serve(home, ['--no-model'])
  onTestFinished(async () => void (await daemon.stop()))
  const refused = await run(home, ['service', 'install'], { env })
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining(`pid ${daemon.child.pid}`) })
  expect(existsSync(unit)).toBe(false)
})

test.skipIf(!hasAnalyze)('systemd understands the unit of a user, also with a home that needs quoting', async () => {
  const { service, unit } = user()
  await service('install')
  expect(verify(unit, '--user')).toEqual({ status: 0, said: [] })
  const broken = unit.replace('p2pai.service', 'p2pai-broken.service')
  writeFileSync(broken, readFileSync(unit, 'utf8').replace('Type=exec', 'Type=nonsense'))
  expect(verify(broken, '--user').said).not.toEqual([])
})

test.skipIf(!hasAnalyze)('systemd understands the unit of the system, and calls it well closed in', () => {
  const unit = join(newHome(), 'p2pai.service')
  writeFileSync(
    unit,
    readFileSync(join(ROOT, 'contrib/p2pai.service'), 'utf8').replace('/usr/local/bin/p2pai', process.execPath)
  )
  expect(verify(unit)).toEqual({ status: 0, said: [] })
  // The scale goes from 0, closed, to 10 (here times ten): below 3 is what systemd itself calls fine.
  const judged = spawnSync(ANALYZE, ['security', '--offline=true', '--threshold=30', '--no-pager', unit], {
    encoding: 'utf8'
  })
  expect(judged.status, judged.stdout.split('\n').at(-2)).toBe(0)
})

test('the image copies what is there, runs nothing as root, and asks the daemon how it is', async () => {
  const text = readFileSync(join(ROOT, 'contrib/Dockerfile'), 'utf8')
  const lines = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter(line => !line.startsWith('#'))
  const stages = lines.filter(line => line.startsWith('FROM'))
  expect(stages).toEqual(['FROM node:24-slim AS build', 'FROM node:24-slim'])
  const copied = lines.filter(line => /^COPY (?!--from)/.test(line)).flatMap(line => line.split(' ').slice(1, -1))
  for (const name of copied) expect(existsSync(join(ROOT, name)), name).toBe(true)
  const last = lines.slice(lines.lastIndexOf('FROM node:24-slim'))
  const runtime = last.filter(line => line.startsWith('COPY')).map(line => line.split(' ').at(-1))
  // What the package says it consists of, as far as it runs.
  expect(runtime).toEqual(expect.arrayContaining(['node_modules', 'dist', 'package.json', 'bin', 'models']))
  expect(last.indexOf('USER node')).toBeLessThan(last.findIndex(line => line.startsWith('ENTRYPOINT')))
  expect(last.slice(last.indexOf('USER node')).some(line => line.startsWith('USER root'))).toBe(false)
  const health = /^HEALTHCHECK .*CMD (\[.*\])$/m.exec(text)!
  const [program, ...words] = JSON.parse(health[1]!) as string[]
  expect(program).toBe('p2pai')
  const home = newHome()
  expect((await run(home, words)).code).toBe(3)
  const daemon = await serve(home, ['--no-model'])
  onTestFinished(async () => void (await daemon.stop()))
  expect((await run(home, words)).code).toBe(0)
})

test('whoever follows the help gets a model before it is named in the settings', async () => {
  const { out } = await run(newHome(), ['service', '--help'])
  const [pull, set] = [out.indexOf('p2pai pull '), out.indexOf('p2pai config set serve.model ')]
  expect(pull).toBeGreaterThan(0)
  expect(set).toBeGreaterThan(pull)
  const unit = readFileSync(join(ROOT, 'contrib/p2pai.service'), 'utf8')
  expect(unit).toContain('/api/pull ')
  expect(unit).not.toContain('config set serve.model')
})
