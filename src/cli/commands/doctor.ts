import type { Command } from '@commander-js/extra-typings'
import { type DiagnoseOptions, diagnose, type Finding, homePaths, toP2paiError } from '../../index.ts'
import { settingsOf } from '../config/keys.ts'
import { resolveSettings } from '../config/resolve.ts'
import type { CommandContext } from '../context.ts'
import { printableLine } from '../output/printable.ts'

const COLOURS = { ok: 'dim', warn: 'yellow', fail: 'red' } as const

/** `p2pai doctor`: 1 when something will not work. */
export async function doctor(
  flags: { json?: boolean | undefined },
  program: Command,
  { terminal, interrupt }: CommandContext
): Promise<number> {
  const findings: Finding[] = []
  const tell = async (finding: Finding): Promise<void> => {
    findings.push(finding)
    if (flags.json) return
    const { name, status, says, fix } = finding
    const mark = terminal.watched ? terminal.paint(COLOURS[status], status.padEnd(4)) : status.padEnd(4)
    await terminal.write(`${mark}  ${name.padEnd(13)}  ${printableLine(says)}\n`)
    if (fix !== undefined) await terminal.write(`${' '.repeat(21)}${printableLine(fix)}\n`)
  }
  const { finding, network } = await settings(program)
  await tell(finding)
  for await (const found of diagnose({ ...network, signal: interrupt.signal })) await tell(found)
  const works = findings.every(({ status }) => status !== 'fail')
  if (flags.json) await terminal.writeJson({ version: 1, ok: works, findings })
  return works ? 0 : 1
}

/** What the settings say about the network; that they cannot be read is the first finding. */
async function settings(program: Command): Promise<{ finding: Finding; network: DiagnoseOptions }> {
  try {
    const all = await resolveSettings(settingsOf(program))
    const settingOf = (key: string) => all.find(({ setting }) => setting.key === key)?.value
    const [bootstrap, mdns, api] = ['network.bootstrap', 'network.mdns', 'serve.api'].map(settingOf)
    const set = all.filter(({ origin }) => origin !== 'default').length
    return {
      finding: { name: 'settings', status: 'ok', says: `${set} are set, in ${homePaths().config} or the environment` },
      network: {
        mdns: mdns !== false,
        ...(Array.isArray(bootstrap) && { bootstrap }),
        ...(typeof api === 'string' && { api })
      }
    }
  } catch (error) {
    const fix = 'correct the file, or move it away: p2pai config path'
    return { finding: { name: 'settings', status: 'fail', says: toP2paiError(error).message, fix }, network: {} }
  }
}
