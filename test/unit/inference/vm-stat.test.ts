import { describe, expect, it } from 'vitest'
import { macAvailable } from '../../../src/inference/memory/machine-memory.ts'
import { availableFromVmStat } from '../../../src/inference/memory/vm-stat.ts'

const TEXT = `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                                4000.
Pages active:                            300000.
Pages inactive:                          250000.
Pages speculative:                         6000.
Pages throttled:                              0.
Pages wired down:                        120000.
Pages purgeable:                          10000.
"Translation faults":                 912345678.
Pages copy-on-write:                   12345678.
Pages zero filled:                    456789012.
Pages reactivated:                     23456789.
Pages purged:                           3456789.
File-backed pages:                       150000.
Anonymous pages:                         400000.
Pages stored in compressor:              800000.
Pages occupied by compressor:            200000.
`

describe('vm_stat', () => {
  it('gives the pages that macOS would give away', () => {
    expect(availableFromVmStat(TEXT)).toBe(270_000 * 16_384)
    expect(availableFromVmStat(TEXT.replace(/^Pages purgeable.*\n/m, ''))).toBe(260_000 * 16_384)
  })

  it('gives nothing for another text', () => {
    for (const text of ['', 'vm_stat: illegal option', TEXT.replace('page size of', 'pages of')]) {
      expect(availableFromVmStat(text)).toBeUndefined()
    }
    expect(availableFromVmStat(TEXT.replace(/^Pages inactive.*\n/m, ''))).toBeUndefined()
  })

  it('leads to half of the memory where nothing usable is said', async () => {
    expect(await macAvailable(8000, '/nowhere/vm_stat')).toBe(4000)
    expect(await macAvailable(8000, 'yes')).toBe(4000)
  })
})
