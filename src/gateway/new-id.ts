import { randomUUID } from 'node:crypto'

/** 24 hexadecimal digits that nobody can guess. Node keeps randomness for ids ready; other random bytes cost a call of the system each. */
export function newId(): string {
  return randomUUID().replaceAll('-', '').slice(8)
}
