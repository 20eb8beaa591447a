import { expect, test } from 'vitest'
import { columnsOf, table } from '../../../src/cli/output/table.ts'

test.each([
  ['attic', 5],
  ['Dachböden', 9],
  ['e\u0301', 1],
  ['屋根裏', 6],
  ['다락', 4],
  ['🦙', 2],
  ['👩‍👩‍👧', 2],
  ['', 0]
])('%j takes %i columns', (text, columns) => {
  expect(columnsOf(text)).toBe(columns)
})

test('columns stand below each other, whatever the names are written in', () => {
  expect(
    table(
      ['NAME', 'ID'],
      [
        ['屋根裏', 1],
        ['attic', 2],
        ['', 3]
      ]
    )
  ).toBe('NAME    ID\n屋根裏  1\nattic   2\n-       3\n')
})
