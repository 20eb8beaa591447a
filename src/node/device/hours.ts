import { InvalidRequestError } from '../../interface/index.ts'

const MINUTES_A_DAY = 24 * 60
const RANGE = /^([01]?\d|2[0-4]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)$/

/** Hours of the day in which something holds. */
export interface Hours {
  /** Whether it holds at this moment, by the clock of this machine's time zone. */
  includes(date: Date): boolean
}

/**
 * Reads hours such as `22:00-07:00`, over midnight too; several with commas between. Throws `InvalidRequestError`.
 */
export function parseHours(text: string): Hours {
  const ranges = text.split(',').map(part => {
    const match = RANGE.exec(part.trim())
    const [from, to] = match === null ? [] : [minutes(match[1]!, match[2]!), minutes(match[3]!, match[4]!)]
    if (from === undefined || to === undefined || from > MINUTES_A_DAY || to > MINUTES_A_DAY || from === to) {
      throw new InvalidRequestError(`${part.trim() || 'an empty text'} is no time of day such as 22:00-07:00`, {
        details: { field: 'when' }
      })
    }
    return { from, to }
  })
  return {
    includes(date) {
      const now = date.getHours() * 60 + date.getMinutes()
      return ranges.some(({ from, to }) => (from < to ? now >= from && now < to : now >= from || now < to))
    }
  }
}

function minutes(hours: string, rest: string): number {
  return Number(hours) * 60 + Number(rest)
}
