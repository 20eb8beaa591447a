import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { ServiceProgram } from './program.ts'

/** The unit's name. */
export const UNIT = 'p2pai.service'

/** Where units of this user are. */
export function unitPath(environment: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CONFIG_HOME } = environment
  const config = XDG_CONFIG_HOME && isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : join(homedir(), '.config')
  return join(config, 'systemd', 'user', UNIT)
}

/**
 * The unit of a user. What it serves is in the settings. It is not closed in as much as the system unit in `contrib`:
 * without privileges most of that is not to be had: where a user may make no namespaces, ProtectSystem and ProtectHome
 * keep the unit from starting.
 */
export function systemdUnit({ node, bin, home }: ServiceProgram): string {
  return `[Unit]
Description=p2pai: AI inference between peers
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=exec
ExecStart=${quote(node)} ${quote(bin)} serve
${home === undefined ? '' : `Environment=${quote(`P2PAI_HOME=${home}`, false)}\n`}Restart=on-failure
RestartSec=3
# Wrong settings do not mend themselves.
RestartPreventExitStatus=2
# Running answers get 10 s to finish.
TimeoutStopSec=20
# More than this and the kernel ends the daemon, not the session.
MemoryMax=90%
NoNewPrivileges=true
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
UMask=0077

[Install]
WantedBy=default.target
`
}

/** A word as systemd reads it back: quoted, with its specifiers, and in a command its variables, taken literally. */
function quote(word: string, isCommand = true): string {
  const escaped = word.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('%', '%%')
  return `"${isCommand ? escaped.replaceAll('$', '$$$$') : escaped}"`
}
