import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { thermalOfPmset } from '../../../src/node/device/commands.ts'
import { Duty } from '../../../src/node/device/duty.ts'
import { Gatekeeper } from '../../../src/node/device/gatekeeper.ts'
import { parseHours } from '../../../src/node/device/hours.ts'
import { readLinux } from '../../../src/node/device/linux.ts'
import { type SharingRules, whyNotSharing } from '../../../src/node/device/rules.ts'
import type { DeviceState } from '../../../src/node/device/state.ts'

const at = (time: string) => new Date(`2026-11-24T${time}:00`)
const NOON = { now: at('12:00'), load: 0 }

/** A `/sys/class` of files. */
function sys(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'p2pai-sys-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), `${text}\n`)
  }
  return root
}

describe('hours', () => {
  it.each([
    ['22:00-07:00', '23:30', true],
    ['22:00-07:00', '06:59', true],
    ['22:00-07:00', '07:00', false],
    ['22:00-07:00', '12:00', false],
    ['9:00-17:00', '09:00', true],
    ['9:00-17:00', '17:00', false],
    ['12:00-13:00, 22:00-24:00', '23:59', true],
    ['12:00-13:00, 22:00-24:00', '12:30', true],
    ['12:00-13:00, 22:00-24:00', '15:00', false]
  ])('%s at %s: %s', (text, time, expected) => {
    expect(parseHours(text).includes(at(time))).toBe(expected)
  })

  it.each(['', 'night', '22-7', '25:00-07:00', '22:60-07:00', '07:00-07:00', '24:30-07:00', '22:00-07:00,'])(
    'refuses %j',
    text => {
      expect(() => parseHours(text)).toThrowError(
        expect.objectContaining({ code: 'invalid_request', details: { field: 'when' } })
      )
    }
  )
})

describe('rules', () => {
  it.each<[string, SharingRules, DeviceState, RegExp | undefined]>([
    ['nothing known', {}, {}, undefined],
    ['warm', {}, { thermal: 'fair' }, undefined],
    ['serious heat', {}, { thermal: 'serious' }, /hot/],
    ['critical heat', {}, { thermal: 'critical' }, /hot/],
    ['a low battery', {}, { batteryPercent: 19 }, /19 %/],
    ['enough battery', {}, { batteryPercent: 21 }, undefined],
    ['a battery bound of its own', { minBatteryPercent: 50 }, { batteryPercent: 40 }, /battery/],
    ['its owner there, who does not mind', {}, { isOwnerActive: true }, undefined],
    ['its owner there, who minds', { onlyWhenIdle: true }, { isOwnerActive: true }, /owner/],
    ['a metered line, which does not matter', {}, { isMetered: true }, undefined],
    ['a metered line, which does', { notMetered: true }, { isMetered: true }, /metered/],
    ['the wrong hour', { when: parseHours('22:00-07:00') }, {}, /hours/]
  ])('%s', (_, rules, state, expected) => {
    const reason = whyNotSharing(rules, state, NOON)
    if (expected === undefined) expect(reason).toBeUndefined()
    else expect(reason).toMatch(expected)
  })

  it('keeps to its share of work', () => {
    expect(whyNotSharing({ maxLoad: 0.5 }, {}, { now: at('12:00'), load: 0.6 })).toMatch(/share/)
    expect(whyNotSharing({ maxLoad: 0.5 }, {}, { now: at('12:00'), load: 0.4 })).toBeUndefined()
    expect(whyNotSharing({}, {}, { now: at('12:00'), load: 1 })).toBeUndefined()
  })
})

describe('duty', () => {
  it('is the share of ten minutes in which there was work; what overlaps counts once', () => {
    let now = 0
    const duty = new Duty(() => now)
    now = 600_000
    const first = duty.begin()
    now = 630_000
    const second = duty.begin()
    now = 660_000
    first()
    first()
    now = 720_000
    second()
    expect(duty.share).toBeCloseTo(0.2)
    now = 1_260_000
    expect(duty.share).toBeCloseTo(0.1)
    now = 2_000_000
    expect(duty.share).toBe(0)
  })

  it('is right for many short pieces of work too', () => {
    let now = 0
    const duty = new Duty(() => now)
    for (; now < 600_000; now += 75) {
      const end = duty.begin()
      now += 25
      end()
    }
    expect(duty.share).toBeCloseTo(0.25)
    now = 900_000
    expect(duty.share).toBeCloseTo(0.125, 2)
  })
})

describe('what Linux tells', () => {
  it('the worst zone of what computes counts, by its own limits', async () => {
    const zone = (place: number, type: string, temp: number, passive?: number) => ({
      [`thermal/thermal_zone${place}/type`]: type,
      [`thermal/thermal_zone${place}/temp`]: String(temp),
      ...(passive !== undefined && {
        [`thermal/thermal_zone${place}/trip_point_0_type`]: 'passive',
        [`thermal/thermal_zone${place}/trip_point_0_temp`]: String(passive)
      })
    })
    expect(await readLinux(sys(zone(0, 'x86_pkg_temp', 45_000)))).toEqual({ thermal: 'nominal' })
    expect(await readLinux(sys({ ...zone(0, 'x86_pkg_temp', 45_000), ...zone(1, 'gpu-thermal', 91_000) }))).toEqual({
      thermal: 'serious'
    })
    expect(await readLinux(sys(zone(0, 'cpu-thermal', 80_000, 75_000)))).toEqual({ thermal: 'serious' })
    expect(await readLinux(sys(zone(0, 'cpu-thermal', 70_000, 75_000)))).toEqual({ thermal: 'fair' })
    // A radio may be as hot as it likes.
    expect(await readLinux(sys(zone(0, 'iwlwifi_1', 99_000)))).toEqual({})
  })

  it('a battery counts only while it is what the machine runs on', async () => {
    const battery = (status: string) => ({
      'power_supply/BAT0/type': 'Battery',
      'power_supply/BAT0/status': status,
      'power_supply/BAT0/capacity': '64'
    })
    expect(await readLinux(sys(battery('Discharging')))).toEqual({ batteryPercent: 64 })
    expect(await readLinux(sys(battery('Charging')))).toEqual({})
    const mains = { 'power_supply/AC/type': 'Mains', 'power_supply/AC/online': '1' }
    expect(await readLinux(sys({ ...battery('Discharging'), ...mains }))).toEqual({})
    expect(await readLinux(sys({ ...battery('Discharging'), 'power_supply/BAT0/scope': 'Device' }))).toEqual({})
    expect(await readLinux(sys({}))).toEqual({})
  })
})

describe('what macOS tells', () => {
  it.each([
    ['Note: No thermal warning level has been recorded\n', 'nominal'],
    ['CPU_Scheduler_Limit \t= 100\n\tCPU_Speed_Limit \t= 100\n', 'nominal'],
    ['\tCPU_Speed_Limit \t= 90\n', 'fair'],
    ['\tCPU_Speed_Limit \t= 70\n', 'serious'],
    ['\tCPU_Speed_Limit \t= 24\n', 'critical'],
    ['', undefined]
  ])('%j', (text, state) => expect(thermalOfPmset(text)).toBe(state))
})

describe('gatekeeper', () => {
  it('sends others away while the device is too hot, says so once, and takes them again', async () => {
    let state: DeviceState = {}
    const said: string[] = []
    let changes = 0
    const gate = new Gatekeeper({
      rules: {},
      read: async () => state,
      log: (_, event) => void said.push(event),
      onChange: () => void changes++
    })
    gate.admit()
    state = { thermal: 'critical' }
    await gate.look()
    expect(() => gate.admit()).toThrowError(expect.objectContaining({ code: 'busy' }))
    expect(() => gate.admit()).toThrowError(/too hot/)
    state = { thermal: 'nominal' }
    await gate.look()
    gate.admit()
    expect(said).toEqual(['sharing:paused', 'sharing:resumed'])
    expect(changes).toBe(2)
  })

  it('believes its owner before the system', async () => {
    const gate = new Gatekeeper({
      rules: {},
      read: async () => ({ thermal: 'critical' as const }),
      known: { thermal: 'nominal' },
      log: () => undefined,
      onChange: () => undefined
    })
    await gate.look()
    gate.admit()
    expect(gate.state.thermal).toBe('nominal')
  })
})
