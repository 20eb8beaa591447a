import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MeshWindows, providersFrom } from '../../../src/node/mesh-windows.ts'
import { SCALE } from '../../../src/node/network-scale.ts'
import { cadenceMs } from '../../../src/protocols/capabilities/index.ts'

const ADVERT_BYTES = 300

describe('gossip in windows', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }))
  afterEach(() => void vi.useRealTimers())

  function windows() {
    const state = { known: 0, isJoined: false }
    const mesh = new MeshWindows({
      join: () => {
        state.isJoined = true
      },
      leave: () => {
        state.isJoined = false
      },
      known: () => state.known,
      scale: SCALE
    })
    /** What a network of so many tells within one window, if all believe it to be so large. */
    const hear = (providers: number, believed: number) => {
      const share = Math.min(1, SCALE.windowMs / cadenceMs(believed, ADVERT_BYTES))
      for (let index = 0; index < providers * share; index++) mesh.heard(`peer-${index}`, ADVERT_BYTES)
    }
    return { mesh, state, hear }
  }

  it('hears all up to 300 providers, and above it leaves but for 20 s of 300', async () => {
    const { mesh, state } = windows()
    mesh.start()
    state.known = 300
    await vi.advanceTimersByTimeAsync(900_000)
    expect(state.isJoined).toBe(true)
    expect(mesh.isLarge).toBe(false)
    state.known = 301
    await vi.advanceTimersByTimeAsync(30_000)
    expect(mesh.isLarge).toBe(true)
    state.known = 150
    let joinedMs = 0
    for (let ms = 0; ms < 300_000; ms += 1_000) {
      if (state.isJoined) joinedMs += 1_000
      // What is heard tells that the network is as large as before.
      mesh.heard(`peer-${ms}`, ADVERT_BYTES * 10)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(joinedMs).toBe(20_000)
    mesh.stop()
  })

  it('tells the size of the network from a window, though it keeps few adverts itself', async () => {
    const { mesh, state, hear } = windows()
    mesh.start()
    state.known = 301
    await vi.advanceTimersByTimeAsync(30_000)
    state.known = 60
    expect(mesh.providers).toBe(301)
    // The first time all believe in 301 and speak far too often; after it they know.
    for (const believed of [301, 5_000]) {
      await vi.advanceTimersByTimeAsync(300_000 - (Date.now() % 300_000) + 1)
      hear(5_000, believed)
      await vi.advanceTimersByTimeAsync(SCALE.windowMs)
      expect(mesh.providers).toBeGreaterThan(4_700)
      expect(mesh.providers).toBeLessThan(5_300)
    }
    mesh.stop()
  })

  it('hears all again once the network is small', async () => {
    const { mesh, state, hear } = windows()
    mesh.start()
    state.known = 400
    await vi.advanceTimersByTimeAsync(30_000)
    expect(state.isJoined).toBe(false)
    state.known = 40
    await vi.advanceTimersByTimeAsync(300_000 - (Date.now() % 300_000) + 1)
    expect(state.isJoined).toBe(true)
    // They still believe what was true before, and speak as seldom.
    hear(100, 400)
    await vi.advanceTimersByTimeAsync(SCALE.windowMs)
    expect(mesh.isLarge).toBe(false)
    expect(state.isJoined).toBe(true)
    expect(mesh.providers).toBe(40)
    mesh.stop()
  })

  it('does nothing more once it is stopped', async () => {
    const { mesh, state } = windows()
    mesh.start()
    mesh.stop()
    state.known = 1_000
    await vi.advanceTimersByTimeAsync(900_000)
    expect(mesh.isLarge).toBe(false)
  })

  it('counts a provider for each cadence that a window is shorter than', () => {
    expect(providersFrom(Array(45).fill(ADVERT_BYTES), 45, 20_000)).toBe(45)
    expect(providersFrom(Array(16).fill(ADVERT_BYTES), 1_000, 7_000)).toBe(1_000)
    expect(providersFrom([], 1_000, 20_000)).toBe(0)
  })
})
