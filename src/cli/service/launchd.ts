import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ServiceProgram } from './program.ts'

/** The agent's name. */
export const LABEL = 'p2pai.daemon'

/** Where agents of this user are. */
export function agentPath(): string {
  return join(homedir(), 'Library', 'LaunchAgents', `${LABEL}.plist`)
}

/** The agent of a user, started again when it fails. What it serves is in the settings. */
export function launchdAgent({ node, bin, home }: ServiceProgram): string {
  const words = [node, bin, 'serve'].map(word => `    <string>${escapeXml(word)}</string>`).join('\n')
  const environment =
    home === undefined
      ? ''
      : `  <key>EnvironmentVariables</key>
  <dict>
    <key>P2PAI_HOME</key>
    <string>${escapeXml(home)}</string>
  </dict>
`
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${words}
  </array>
${environment}  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>20</integer>
  <key>Umask</key>
  <integer>63</integer>
</dict>
</plist>
`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
