import { InvalidRequestError, newSession, type Session } from '../../index.ts'
import { checkModelFlag } from '../ask/model-flag.ts'
import { OPTION_NAMES, withOption } from '../ask/options.ts'
import { continued, readSession } from '../conversation/begin.ts'
import { Keeper } from '../conversation/keeper.ts'
import { printableLine } from '../output/printable.ts'
import { facts, table } from '../output/table.ts'
import type { Chat } from './chat.ts'

/** What the loop does after a command. */
export type AfterCommand = 'go on' | 'leave'

interface SlashCommand {
  /** What stands behind the name, for help. */
  takes: string
  does: string
  run(rest: string, chat: Chat): Promise<AfterCommand | undefined>
}

const leave: SlashCommand = { takes: '', does: 'leave; Ctrl-D does too', run: async () => 'leave' }

/** All commands, by their names without the slash. */
export const SLASH_COMMANDS: Record<string, SlashCommand> = {
  help: { takes: '', does: 'this list', run: async (_rest, chat) => say(chat, helpText()) },
  model: { takes: '[NAME]', does: 'say or change the model; auto is any', run: model },
  system: { takes: '[TEXT]', does: 'say or change the system prompt; - is none', run: system },
  set: { takes: '[NAME VALUE]', does: 'change how to answer, as in /set temperature 0.2', run: set },
  show: { takes: '', does: 'what holds in this conversation', run: show },
  regen: { takes: '', does: 'answer the last question again', run: regenerate },
  undo: { takes: '', does: 'forget the last question and its answer', run: undo },
  clear: { takes: '', does: 'begin a new conversation', run: clear },
  save: { takes: '[TITLE]', does: 'keep this conversation, under a title', run: save },
  load: { takes: 'ID|TITLE', does: 'go on with a kept conversation', run: load },
  sessions: { takes: '', does: 'list the kept conversations', run: sessions },
  bye: leave,
  exit: leave
}

/** Runs a command line of a chat; undefined when the text is no command but a prompt. Throws what the command throws. */
export async function runSlash(text: string, chat: Chat): Promise<AfterCommand | undefined> {
  const [, name, rest] = /^\/([a-z?]+)(?:\s+([\s\S]*))?$/i.exec(text.trim()) ?? []
  if (name === undefined) return undefined
  const command = SLASH_COMMANDS[name === '?' ? 'help' : name.toLowerCase()]
  if (command === undefined) {
    throw new InvalidRequestError(`there is no /${printableLine(name)}; see: /help`, { details: { field: 'command' } })
  }
  return (await command.run(rest?.trim() ?? '', chat)) ?? 'go on'
}

function helpText(): string {
  const rows = Object.entries(SLASH_COMMANDS).map(
    ([name, { takes, does }]) => `  ${`/${name} ${takes}`.padEnd(20)}${does}`
  )
  return [...rows, '', 'A message of several lines: between """ and """, or with \\ at the end of each.'].join('\n')
}

async function model(name: string, chat: Chat): Promise<undefined> {
  if (name === '') return say(chat, chat.session.model)
  checkModelFlag({ model: name, local: chat.flags.local })
  chat.session = { ...chat.session, model: name }
  // On this machine alone, the model is opened with whom to ask.
  if (chat.flags.local) await chat.leaveSource()
}

async function system(text: string, chat: Chat): Promise<undefined> {
  if (text === '') return say(chat, chat.session.system ?? 'no system prompt')
  const { system: _before, ...rest } = chat.session
  chat.session = text === '-' ? rest : { ...rest, system: text }
}

async function set(text: string, chat: Chat): Promise<undefined> {
  const [, name, value] = /^(\S+)\s+([\s\S]+)$/.exec(text) ?? []
  if (text === '')
    return say(chat, optionLines(chat).join('\n') || `nothing is set; there is: ${OPTION_NAMES.join(', ')}`)
  if (name === undefined || value === undefined) {
    throw new InvalidRequestError('say what to set, as in /set temperature 0.2', { details: { field: 'option' } })
  }
  chat.options = withOption(chat.options, name, value)
}

async function show(_rest: string, chat: Chat): Promise<undefined> {
  const { session, flags } = chat
  const last = session.turns.at(-1)
  const where = flags.local ? 'this machine only' : (flags.peer ?? 'anybody who has the model')
  say(
    chat,
    facts([
      ['conversation', `${session.id}${session.title && ` (${session.title})`}`],
      ['model', session.model],
      ['asked', where],
      ['turns', session.turns.length],
      ...(last ? [['last answered by', `${last.model} at ${last.peerId}`] as [string, string]] : []),
      ...(session.system ? [['system', session.system] as [string, string]] : []),
      ...optionLines(chat).map((line): [string, string] => ['set', line])
    ]).trimEnd()
  )
}

async function regenerate(_rest: string, chat: Chat): Promise<undefined> {
  const before = chat.session
  const last = lastTurn(before)
  chat.session = { ...before, turns: before.turns.slice(0, -1) }
  await chat.turn(last.question)
  // Without a new answer, the old one is better than none.
  if (chat.session.turns.length < before.turns.length) chat.session = before
}

async function undo(_rest: string, chat: Chat): Promise<undefined> {
  const { question } = lastTurn(chat.session)
  const turns = chat.session.turns.slice(0, -1)
  chat.session = await chat.keeper.save({ ...chat.session, turns, usedAtMs: Date.now() })
  say(chat, `forgotten: ${printableLine(question).slice(0, 60)}`)
}

async function clear(_rest: string, chat: Chat): Promise<undefined> {
  const { model, system, local, peer } = chat.session
  chat.session = newSession({ model, ...(system && { system }), ...(local && { local }), ...(peer && { peer }) })
  say(chat, 'a new conversation begins')
}

async function save(title: string, chat: Chat): Promise<undefined> {
  if (chat.flags.save === false) {
    chat.flags = { ...chat.flags, save: true }
    chat.keeper = new Keeper(chat.context, true)
  }
  chat.session = await chat.keeper.save({ ...chat.session, title: title || chat.session.title, usedAtMs: Date.now() })
  if (chat.session.revision > 0) say(chat, `kept as ${chat.session.id}`)
}

async function load(name: string, chat: Chat): Promise<undefined> {
  if (name === '') throw new InvalidRequestError('say which one, as in /load 261124-k7mq', { details: { field: 'id' } })
  const { session, flags } = continued(await readSession(name), { ...chat.flags, given: new Set() })
  chat.session = session
  chat.flags = flags
  await chat.leaveSource()
  say(chat, `going on with ${session.id}, ${session.turns.length} turns: ${printableLine(session.title)}`)
}

async function sessions(_rest: string, chat: Chat): Promise<undefined> {
  const found = (await chat.keeper.quietly(store => store.list())) ?? []
  if (found.length === 0) return say(chat, 'no conversation is kept')
  say(
    chat,
    table(
      ['ID', 'TURNS', 'TITLE'],
      found.slice(0, 20).map(({ id, turns, title }) => [id, turns, title])
    ).trimEnd()
  )
}

function lastTurn({ turns }: Session): Session['turns'][number] {
  const last = turns.at(-1)
  if (last === undefined) throw new InvalidRequestError('nothing was said yet', { details: { field: 'command' } })
  return last
}

function optionLines({ options: { sampling = {}, ...rest } }: Chat): string[] {
  return Object.entries({ ...sampling, ...rest }).map(([name, value]) => `${name} ${printableLine(String(value))}`)
}

function say({ context: { terminal } }: Chat, text: string): undefined {
  terminal.note(text)
}
