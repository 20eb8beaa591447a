#!/usr/bin/env node
// Runs on any Node, however old: no import of the product before the version is known to do.
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { constants, homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED = [22, 13]
/** Set for a Node that this guard has started, so that it cannot go round in circles. */
const RERUN_MARK = 'P2PAI_NODE_RERUN'

const here = path.dirname(fileURLToPath(import.meta.url))
const entry = new URL('../dist/cli/index.js', import.meta.url)

if (!isNewEnough(process.versions.node)) await rerun()
else if (!existsSync(entry)) fail('p2pai: not built yet; build it with: npm run build')
else await start()

async function start() {
  delete process.env[RERUN_MARK]
  // The Node that started this one is gone, killed perhaps: what was started for it ends too.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  if (process.channel) process.channel.unref()
  // In a folder of the user's own: what others may write, such as Node's default below /tmp, is not for running.
  const caches = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache')
  nodeModule.enableCompileCache(path.join(caches, 'p2pai', 'compiled'))
  const { main } = await import(entry.href)
  await main(process.argv.slice(2))
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
}

/** Starts again under the Node that npm installed as the package `node`, if there is one near. */
async function rerun() {
  // Loaded here alone: a Node that is new enough has no use for them.
  const [{ spawn }, { isatty }] = await Promise.all([import('node:child_process'), import('node:tty')])
  const node = process.env[RERUN_MARK] ? undefined : nearNode(here)
  if (node === undefined) {
    fail(`p2pai: needs Node.js >= ${NEEDED.join('.')}, this is v${process.versions.node} (${process.execPath})`)
    return
  }
  const child = spawn(node, process.argv.slice(1), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [RERUN_MARK]: '1' }
  })
  // A terminal signals both processes; other senders only this one. The child decides what a signal means.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  process.on('SIGINT', () => {
    if (![0, 1, 2].some(descriptor => isatty(descriptor))) child.kill('SIGINT')
  })
  child.on('error', error => fail(`p2pai: cannot start ${node}: ${error.message}`))
  child.on('exit', (code, signal) => {
    process.exit(code === null ? 128 + (constants.signals[signal] || 0) : code)
  })
}

/** The binary of the package `node` in this folder's `node_modules`, or in one further up. */
function nearNode(from) {
  // On Windows `.bin` has a script, which cannot be started without a shell; the package has the program itself.
  const places =
    process.platform === 'win32'
      ? ['node_modules/node/bin/node.exe']
      : ['node_modules/.bin/node', 'node_modules/node/bin/node']
  for (const place of places) {
    const candidate = path.join(from, place)
    if (existsSync(candidate)) return candidate
  }
  const parent = path.dirname(from)
  return parent === from ? undefined : nearNode(parent)
}

function fail(message) {
  console.error(message)
  process.exitCode = 1
}
