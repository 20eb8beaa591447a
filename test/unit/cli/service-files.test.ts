import { expect, test } from 'vitest'
import { launchdAgent } from '../../../src/cli/service/launchd.ts'
import { serviceManager } from '../../../src/cli/service/manager.ts'
import { systemdUnit, unitPath } from '../../../src/cli/service/systemd.ts'

const PROGRAM = { node: '/opt/n "1"/$bin/node', bin: '/a & b/<p2pai>.js', home: '/h\\x/100%' }

test('words of a unit are taken literally by systemd', () => {
  const unit = systemdUnit(PROGRAM)
  expect(unit).toContain(String.raw`ExecStart="/opt/n \"1\"/$$bin/node" "/a & b/<p2pai>.js" serve`)
  expect(unit).toContain(String.raw`Environment="P2PAI_HOME=/h\\x/100%%"`)
  expect(systemdUnit({ node: '/n', bin: '/b' })).not.toContain('Environment')
  for (const bound of ['MemoryMax=90%', 'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK']) {
    expect(unit).toContain(`\n${bound}\n`)
  }
})

test('the folder of units follows XDG_CONFIG_HOME, as far as that is a whole path', () => {
  expect(unitPath({ XDG_CONFIG_HOME: '/c' })).toBe('/c/systemd/user/p2pai.service')
  expect(unitPath({ XDG_CONFIG_HOME: 'c' })).toMatch(/\/\.config\/systemd\/user\/p2pai\.service$/)
})

test('an agent of launchd is XML whose texts are escaped', () => {
  const agent = launchdAgent(PROGRAM)
  expect(agent).toContain('<string>/a &amp; b/&lt;p2pai&gt;.js</string>')
  expect(agent).toContain('<key>P2PAI_HOME</key>\n    <string>/h\\x/100%</string>')
  const tags = [...agent.matchAll(/<(\/?)(\w+)(?: version="1.0")?>/g)]
  const open: string[] = []
  for (const [, slash, name] of tags) {
    if (slash === '') open.push(name!)
    else expect(open.pop()).toBe(name)
  }
  expect(open).toEqual([])
})

test('a system without a known manager is told what to do instead', () => {
  expect(() => serviceManager('win32')).toThrow(/serve --detach/)
  expect(serviceManager('darwin').path).toMatch(/Library\/LaunchAgents\/p2pai\.daemon\.plist$/)
})
