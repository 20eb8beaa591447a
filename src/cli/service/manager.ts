import { userInfo } from 'node:os'
import { UnsupportedFeatureError } from '../../index.ts'
import { agentPath, LABEL, launchdAgent } from './launchd.ts'
import type { ServiceProgram } from './program.ts'
import { mustRun, runTool } from './run-tool.ts'
import { systemdUnit, UNIT, unitPath } from './systemd.ts'

/** Whoever starts programs on this system. */
export interface ServiceManager {
  /** The tool that speaks to it. */
  tool: string
  /** The file that describes the service. */
  path: string
  text(program: ServiceProgram): string
  /** Takes the file into use and starts the service. False when the tool is not here. */
  enable(): Promise<boolean>
  /** Stops the service, before its file goes. False when the tool is not here. */
  disable(): Promise<boolean>
  /** Makes the manager notice that the file is gone. */
  forget(): Promise<void>
  /** Whether it starts by itself, and runs; undefined when the tool is not here. */
  state(): Promise<{ enabled: boolean; active: boolean } | undefined>
  /** What else the user may want to do. */
  hint: string
}

/** The manager of this system. Throws `UnsupportedFeatureError` where none is known. */
export function serviceManager(platform: NodeJS.Platform = process.platform): ServiceManager {
  if (platform === 'linux') return systemd()
  if (platform === 'darwin') return launchd()
  throw new UnsupportedFeatureError(`no manager of services is known for ${platform}; use p2pai serve --detach`)
}

function systemd(): ServiceManager {
  const user = (...words: string[]) => ['--user', ...words]
  return {
    tool: 'systemctl',
    path: unitPath(),
    text: systemdUnit,
    enable: async () =>
      (await mustRun('systemctl', user('daemon-reload'))) &&
      (await mustRun('systemctl', user('enable', '--now', UNIT))),
    disable: () => mustRun('systemctl', user('disable', '--now', UNIT)),
    forget: async () => void (await mustRun('systemctl', user('daemon-reload'))),
    async state() {
      const enabled = await runTool('systemctl', user('is-enabled', '--quiet', UNIT))
      const active = await runTool('systemctl', user('is-active', '--quiet', UNIT))
      return enabled && active && { enabled: enabled.code === 0, active: active.code === 0 }
    },
    hint: 'it runs while you are logged in; for always: loginctl enable-linger'
  }
}

function launchd(): ServiceManager {
  const domain = `gui/${userInfo().uid}`
  const path = agentPath()
  return {
    tool: 'launchctl',
    path,
    text: launchdAgent,
    enable: () => mustRun('launchctl', ['bootstrap', domain, path]),
    disable: () => mustRun('launchctl', ['bootout', `${domain}/${LABEL}`]),
    forget: async () => undefined,
    async state() {
      const printed = await runTool('launchctl', ['print', `${domain}/${LABEL}`])
      return printed && { enabled: printed.code === 0, active: /state = running/.test(printed.out) }
    },
    hint: 'it runs while you are logged in'
  }
}
