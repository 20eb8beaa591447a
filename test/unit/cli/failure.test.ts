import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { judge, report } from '../../../src/cli/failure.ts'
import { ReaderGoneError } from '../../../src/cli/output/terminal.ts'
import { ERROR_TABLE, type ErrorCode, errorFromCode, ModelNotFoundError } from '../../../src/interface/index.ts'
import { testTerminal } from './fixtures.ts'

test.each(Object.keys(ERROR_TABLE) as ErrorCode[])('%s ends with the exit code of the table', code => {
  expect(judge(errorFromCode(code, 'x')).exitCode).toBe(ERROR_TABLE[code].exitCode)
})

test('wrong usage is 2, help is 0, a reader that left is 0, a bug is 1', () => {
  expect(judge(new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'"))).toMatchObject({
    exitCode: 2,
    error: { message: "unknown option '--x'", code: 'invalid_request' }
  })
  expect(judge(new CommanderError(0, 'commander.helpDisplayed', ''))).toEqual({ exitCode: 0 })
  expect(judge(new ReaderGoneError('gone'))).toEqual({ exitCode: 0 })
  expect(judge(new TypeError('bug')).exitCode).toBe(1)
})

test('a question that begins with a command is said to be one', () => {
  const excess = new CommanderError(1, 'commander.excessArguments', "error: too many arguments for 'show'.")
  expect(judge(excess, ['show', 'me', 'the', 'way']).error?.message).toBe(
    'too many arguments for \'show\'. To ask a model: p2pai ask "show me the way"'
  )
  expect(judge(excess, ['show', '$(x)', 'y']).error?.message).toBe("too many arguments for 'show'.")
})

test('case 56: an error is one line without what a stranger put in', () => {
  const { terminal, err } = testTerminal()
  report(errorFromCode('refused', 'go\u001b[2J away\nnow'), false, terminal)
  expect(err()).toBe('p2pai: go away now\n')
})

test('near names are said once', () => {
  const { terminal, err } = testTerminal()
  report(new ModelNotFoundError('no model x; there is y', { details: { suggestions: ['y', 'z'] } }), false, terminal)
  expect(err()).toBe('p2pai: no model x; there is y (did you mean z?)\n')
})

test('in JSON mode an error is one document', () => {
  const { terminal, err } = testTerminal()
  report(errorFromCode('busy', 'full'), true, terminal)
  expect(JSON.parse(err())).toEqual({ error: { code: 'busy', message: 'full', retryable: true } })
})
