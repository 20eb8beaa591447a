import { spawnSync } from 'node:child_process'
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const ROOT = join(import.meta.dirname, '../..')
/** Written when a build is done; its time is that of the newest source that was built. */
const STAMP = join(ROOT, 'dist', '.built')
const BUILD_TIMEOUT_MS = 110_000

/** Builds `dist` when a source is newer than it. Test files that come here at the same time build once. */
export function buildOnce(): void {
  const turn = new DatabaseSync(join(tmpdir(), `p2pai-build-${process.getuid?.() ?? 0}.lock`), {
    timeout: BUILD_TIMEOUT_MS
  })
  turn.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  try {
    const newestMs = newest(join(ROOT, 'src'))
    if (builtMs() >= newestMs) return
    const build = spawnSync(
      process.execPath,
      [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
      {
        cwd: ROOT,
        encoding: 'utf8'
      }
    )
    if (build.status !== 0) throw new Error(`the build failed:\n${build.stdout}${build.stderr}`)
    writeFileSync(STAMP, '')
    utimesSync(STAMP, newestMs / 1000, newestMs / 1000)
  } finally {
    turn.close()
  }
}

function newest(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return Math.ceil(Math.max(...entries.map(entry => statSync(join(entry.parentPath, entry.name)).mtimeMs)))
}

function builtMs(): number {
  try {
    return Math.ceil(statSync(STAMP).mtimeMs)
  } catch {
    return 0
  }
}
