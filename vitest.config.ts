import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** One project a kind of test: what it may touch grows from the first to the last. */
const projects: Record<string, { timeoutMs: number; isolate?: boolean }> = {
  /** Pure code, no sockets, no processes. Where files share a process, as here, each does not load all anew. */
  unit: { timeoutMs: 20_000, isolate: false },
  /** The same suite over every engine. */
  conformance: { timeoutMs: 60_000, isolate: false },
  /** Real nodes in this process, on loopback. */
  integration: { timeoutMs: 60_000, isolate: false },
  /** Real processes of the command. */
  e2e: { timeoutMs: 120_000, isolate: false },
  /** Real Chromium, in a network of its own. */
  browser: { timeoutMs: 120_000 },
  /** Hostile input, killed processes, broken files. */
  fault: { timeoutMs: 120_000, isolate: false }
}

/** Folders that are not there: models that other programs of this machine have fetched are no part of any test. */
const environment = {
  OLLAMA_MODELS: join(import.meta.dirname, 'no-ollama'),
  HF_HUB_CACHE: join(import.meta.dirname, 'no-hub'),
  // Commands, and engines of nodes within a test, need not be compiled at each start.
  NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled')
}

export default defineConfig({
  test: {
    // Two cores carry two files at once: a third saves a tenth of the time, and starves engines at bad moments.
    maxWorkers: 2,
    projects: Object.entries(projects).map(([name, { timeoutMs, isolate = true }]) => ({
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        env: environment,
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
        // A shared machine stands still for seconds at times; no test asserts how fast it is. In CI what met such a moment
        // is tried once more: vitest names it, and what fails twice is broken.
        retry: process.env.CI === 'true' ? 1 : 0,
        expect: { poll: { timeout: 60_000 } },
        pool: 'forks',
        isolate
      }
    }))
  }
})
