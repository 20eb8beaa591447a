import type { CommandContext } from '../context.ts'
import { startDaemonProcess } from '../daemon-process.ts'
import { entryText, parseEntry } from '../logs/entry.ts'
import { printableLine } from '../output/printable.ts'
import { type OfferFlags, offerModel } from './serve-offer.ts'

/**
 * `p2pai serve --detach`: offers a model as `serve` does, starts the same daemon in the background, and returns when it is up. It writes to its log
 * file alone. Throws what the daemon failed with.
 */
export async function serveDetached(flags: OfferFlags, context: CommandContext): Promise<number> {
  const { terminal, interrupt } = context
  const json = flags.logFormat === 'json'
  await offerModel(flags, context)
  const words = process.argv.slice(2).filter(word => word !== '--detach')
  const { child, ready } = await startDaemonProcess(words, {
    env: process.env,
    detached: true,
    signal: interrupt.signal,
    // Which model is taken, and what was in the way.
    onLine: line => {
      if (!json) terminal.note(terminal.paint('dim', entryText(parseEntry(line))))
    }
  })
  // From here on it does not hold this process, and this process does not end it.
  child.stdout?.destroy()
  child.stderr?.destroy()
  child.unref()
  if (json) await terminal.writeJson({ event: 'ready', ...ready })
  else {
    const names = ready.models.map(({ name }) => name).join(', ') || 'no model'
    const address = ready.addresses[0] ?? 'no address'
    const line = `p2pai runs in the background (pid ${ready.pid}): ${names} at ${address}; HTTP ${ready.api ?? 'off'}`
    await terminal.write(`${printableLine(line)}\n`)
    terminal.note(terminal.paint('dim', 'What it does: p2pai logs -f. To end it: p2pai stop.'))
  }
  return 0
}
