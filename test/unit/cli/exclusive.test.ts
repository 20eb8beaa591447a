import { expect, test } from 'vitest'
import { judge } from '../../../src/cli/failure.ts'
import { buildProgram } from '../../../src/cli/program.ts'

test.each([
  { words: ['--no-model', '--model', 'x'] },
  { words: ['--model', 'x', '--no-model'] },
  { words: ['--model', 'x', '--model', 'y', '--no-model'] }
])('serve $words is wrong usage, in one clear line', async ({ words }) => {
  const program = buildProgram('1.2.3', async () => undefined)
  const failed = await program.parseAsync(['serve', ...words], { from: 'user' }).catch(judge)
  expect(failed).toMatchObject({ exitCode: 2, error: { message: '--model and --no-model exclude each other' } })
})

test.each([{ words: ['--no-model'] }, { words: ['--model', 'x', '--model', 'y'] }])(
  'serve $words is right',
  async ({ words }) => {
    let ran = 0
    await buildProgram('1.2.3', async () => void ran++).parseAsync(['serve', ...words], { from: 'user' })
    expect(ran).toBe(1)
  }
)

test('ask --stream and --no-stream exclude each other; each alone is right, and no setting', async () => {
  const asked = async (...words: string[]) => {
    const program = buildProgram('1.2.3', async () => undefined)
    return await program.parseAsync(['ask', ...words, 'Hi'], { from: 'user' }).then(() => 'right', judge)
  }
  expect(await asked('--no-stream', '-u')).toBe('right')
  expect(await asked('--stream')).toBe('right')
  expect(await asked('--stream', '--no-stream')).toMatchObject({
    exitCode: 2,
    error: { message: '--stream and --no-stream exclude each other' }
  })
})
