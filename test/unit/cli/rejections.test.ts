import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('case 63: a rejection that nobody handles is counted and logged, and the process goes on', () => {
  const file = `file://${join(import.meta.dirname, '../../../src/cli/rejections.ts')}`
  const script = `
    import { outliveRejections } from '${file}'
    outliveRejections((level, event, fields) => console.log(level, event, fields.count, fields.error.split('\\n')[0]))
    void Promise.reject(new Error('first'))
    setImmediate(() => {
      void Promise.reject('second')
      setImmediate(() => console.log('alive'))
    })
  `
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8'
  })
  expect(stdout.trim().split('\n')).toEqual([
    'error unhandled rejection 1 Error: first',
    'error unhandled rejection 2 second',
    'alive'
  ])
  expect(status).toBe(0)
})
