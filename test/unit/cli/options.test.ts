import { expect, test } from 'vitest'
import { answerOptions, OPTION_NAMES, withOption } from '../../../src/cli/ask/options.ts'

const ASKED = { model: 'auto', mdns: true }

test('options go where they belong, and a flag of its own is stronger', () => {
  const option = ['temperature=0.2', 'top-p=0.5', 'top_k=3', 'max_tokens=9', 'max_thought_tokens=0', 'stop=a=b']
  expect(answerOptions({ ...ASKED, option, temperature: 1, seed: 7 })).toEqual({
    sampling: { temperature: 1, topP: 0.5, topK: 3, seed: 7 },
    maxTokens: 9,
    maxThoughtTokens: 0,
    stop: ['a=b']
  })
  expect(answerOptions(ASKED)).toEqual({})
})

test.each([
  { text: 'top_p', problem: /is no option, as in -o top_p=0.9/ },
  { text: 'tempreature=1', problem: /no option tempreature/, suggestions: ['temperature'] },
  { text: 'top_p=high', problem: /top_p needs a number/ },
  { text: 'top_p=', problem: /top_p needs a number/ },
  { text: 'top_p=2', problem: /top_p is 2, but must be/ },
  { text: 'stop=', problem: /stop must be a text/ }
])('-o $text is refused in words', ({ text, problem, suggestions }) => {
  const refused = (): unknown => answerOptions({ ...ASKED, option: [text] })
  expect(refused).toThrow(problem)
  if (suggestions) expect(refused).toThrow(expect.objectContaining({ details: { field: 'option', suggestions } }))
})

test('every option of the help can be set', () => {
  for (const name of OPTION_NAMES) expect(Object.keys(withOption({}, name, '1'))).toHaveLength(1)
})
