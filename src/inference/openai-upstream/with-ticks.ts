/** What `withTicks` gives while nothing comes. */
export const TICK = Symbol('tick')

/** Items as they come, and a tick whenever none came for `tickMs`. Leaving the loop leaves the source. */
export async function* withTicks<Item>(
  source: AsyncIterable<Item>,
  tickMs: number
): AsyncGenerator<Item | typeof TICK> {
  const iterator = source[Symbol.asyncIterator]()
  let pending: Promise<IteratorResult<Item>> | undefined
  try {
    for (;;) {
      pending ??= iterator.next()
      const result = await orTick(pending, tickMs)
      if (result === TICK) yield TICK
      else {
        pending = undefined
        if (result.done === true) return
        yield result.value
      }
    }
  } finally {
    // What was still awaited fails when its source is left, and then it is nobody's news.
    pending?.catch(() => undefined)
    iterator.return?.().then(undefined, () => undefined)
  }
}

async function orTick<Value>(value: Promise<Value>, tickMs: number): Promise<Value | typeof TICK> {
  let timer: NodeJS.Timeout | undefined
  const tick = new Promise<typeof TICK>(resolve => {
    timer = setTimeout(() => resolve(TICK), tickMs)
  })
  try {
    return await Promise.race([value, tick])
  } finally {
    clearTimeout(timer)
  }
}
