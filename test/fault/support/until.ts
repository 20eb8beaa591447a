/** Waits until a condition holds, where there is no event to wait for. Fails after `timeoutMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
  what = 'the condition'
): Promise<void> {
  const endAtMs = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > endAtMs) throw new Error(`${what} did not hold within ${timeoutMs} ms`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
