import { installedVersion } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { facts } from '../output/table.ts'

/** What a report about a defect should name. `null` for what is not installed. */
export interface Versions {
  p2pai: string
  node: string
  libp2p: string | null
  nodeLlamaCpp: string | null
  platform: string
  arch: string
}

/** `p2pai version`. */
export async function version(flags: { json?: boolean | undefined }, context: CommandContext): Promise<number> {
  const found = await versions(context.version)
  if (flags.json) await context.terminal.writeJson({ version: 1, ...found })
  else {
    const { p2pai, node, libp2p, nodeLlamaCpp, platform, arch } = found
    await context.terminal.write(
      facts([
        ['p2pai', p2pai],
        ['node', node],
        ['libp2p', libp2p ?? 'not installed'],
        ['node-llama-cpp', nodeLlamaCpp ?? 'not installed'],
        ['platform', `${platform} ${arch}`]
      ])
    )
  }
  return 0
}

/** Versions of this program and of what it stands on; nothing of it is loaded. */
export async function versions(p2pai: string): Promise<Versions> {
  return {
    p2pai,
    node: process.versions.node,
    libp2p: await installedVersion('libp2p'),
    nodeLlamaCpp: await installedVersion('node-llama-cpp'),
    platform: process.platform,
    arch: process.arch
  }
}
