import { toP2paiError } from '../../index.ts'
import type { AskFlags } from '../ask/flags.ts'
import { checkModelFlag } from '../ask/model-flag.ts'
import { Chat, type TurnEnd } from '../chat/chat.ts'
import { ChatInput } from '../chat/input.ts'
import { LineAssembler } from '../chat/lines.ts'
import { runSlash } from '../chat/slash.ts'
import type { CommandContext } from '../context.ts'
import { beginSession } from '../conversation/begin.ts'
import { report } from '../failure.ts'
import { printableLine } from '../output/printable.ts'
import { ask } from './ask.ts'

const PROMPT = '>>> '
const MORE = '... '

/**
 * `p2pai chat`: turn after turn until somebody leaves. Without a terminal there is nobody to talk with, and standard
 * input is one prompt. Returns the exit code.
 */
export async function chat(asked: AskFlags, context: CommandContext): Promise<number> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return await ask([], asked, context)
  const { session, flags } = await beginSession(asked)
  checkModelFlag(flags)
  const conversation = new Chat(session, flags, context)
  try {
    await conversation.open()
    sayHello(conversation)
    await talk(conversation)
  } finally {
    sayGoodbye(conversation)
    await conversation.keeper.close()
    await conversation.leaveSource()
  }
  return context.interrupt.exitCode ?? 0
}

async function talk(conversation: Chat): Promise<void> {
  const { signal, divert } = conversation.context.interrupt
  const input = new ChatInput((await conversation.keeper.quietly(store => store.inputs())) ?? [])
  // Between two lines Ctrl-C is a signal. If it is not heeded, it ends the program after all.
  const undivert = divert(() => {
    if (!input.interrupt()) undivert()
  })
  const stop = (): void => input.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const lines = new LineAssembler()
    let last: TurnEnd | 'nothing' | 'interrupt' = 'nothing'
    while (!signal.aborted) {
      const typed = await input.read(lines.open ? MORE : PROMPT)
      if (typed.kind === 'end') break
      if (typed.kind === 'interrupt') {
        const nothingTyped = typed.wasEmpty && !lines.open
        if (nothingTyped && (last === 'interrupt' || last === 'stopped')) break
        if (nothingTyped) conversation.context.terminal.note('Ctrl-C again, Ctrl-D or /bye leaves')
        lines.clear()
        last = nothingTyped ? 'interrupt' : 'nothing'
        continue
      }
      if (typed.text.trim() !== '') await conversation.keeper.quietly(store => store.addInput(typed.text))
      const message = lines.push(typed.text)
      last = 'nothing'
      if (message === undefined || message.trim() === '') continue
      const end = await respond(message, conversation)
      if (end === 'leave') break
      last = end
    }
  } finally {
    undivert()
    signal.removeEventListener('abort', stop)
    input.close()
  }
}

/** Does what a message asks for: a command, or an answer. A command that fails is no end of the chat. */
async function respond(message: string, conversation: Chat): Promise<TurnEnd | 'nothing' | 'leave'> {
  let after: Awaited<ReturnType<typeof runSlash>>
  try {
    after = await runSlash(message, conversation)
  } catch (error) {
    if (conversation.context.interrupt.signal.aborted) throw error
    report(toP2paiError(error), false, conversation.context.terminal)
    return 'nothing'
  }
  if (after !== undefined) return after === 'leave' ? 'leave' : 'nothing'
  return await conversation.turn(message)
}

function sayHello({ session, context: { terminal } }: Chat): void {
  const { id, title, turns } = session
  const known = turns.length === 0 ? '' : `going on with ${id}, ${turns.length} turns: ${printableLine(title)}; `
  terminal.note(terminal.paint('dim', `${known}/help says what there is, Ctrl-D leaves`))
}

function sayGoodbye({ session, context: { terminal } }: Chat): void {
  if (session.revision === 0) return
  terminal.note(terminal.paint('dim', `kept as ${session.id}; go on with: p2pai chat -c ${session.id}`))
}
