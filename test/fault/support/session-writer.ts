/** Continues conversations in the home of its first argument for ever, and says the number of each turn it stored. */

import { openSessions } from '../../../src/node/sessions/index.ts'
import { newSession } from '../../../src/node/sessions/session.ts'

const [home, name] = process.argv.slice(2)
const store = await openSessions(home)
let session = newSession({ model: 'auto' })
for (let number = 1; ; number++) {
  const turn = { question: `${name} ${number}`, answer: 'x'.repeat(number * 50), model: 'm', peerId: 'p', atMs: number }
  session = store.save({ ...session, title: name!, usedAtMs: number, turns: [...session.turns, turn] })
  process.stdout.write(`${number}\n`)
}
