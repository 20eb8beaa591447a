import { expect, test } from 'vitest'
import { BootstrapDials, explainBootstrap } from '../../../src/cli/ask/bootstrap.ts'
import {
  type EngineEvent,
  type GenerateOptions,
  InvalidAddressError,
  NoProviderError,
  ProviderUnreachableError,
  textMessage
} from '../../../src/interface/index.ts'
import { answer } from '../gateway/fixtures.ts'

const REQUEST = { model: 'auto', messages: [textMessage('user', 'Hello')] }

async function refuse(address: string): Promise<never> {
  throw new ProviderUnreachableError(`cannot reach ${address}: refused`)
}

/** Looks for a provider until it is told to stop. */
async function* searching(_request: unknown, { signal }: GenerateOptions = {}): AsyncGenerator<EngineEvent> {
  signal?.throwIfAborted()
  yield await new Promise<never>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
}

async function* findsNobody(): AsyncGenerator<EngineEvent> {
  yield* []
  throw new NoProviderError('no provider of auto was found')
}

async function read(events: AsyncIterable<EngineEvent>): Promise<number> {
  let count = 0
  for await (const _event of events) count++
  return count
}

test('when every bootstrap failed and there is no other way, the search ends and says why', async () => {
  const dials = new BootstrapDials(['/a', '/b'], refuse)
  const generate = explainBootstrap(searching, dials, () => false)
  await expect(read(generate(REQUEST))).rejects.toMatchObject({
    code: 'no_provider',
    message: 'no provider of auto was found: cannot reach /a: refused; cannot reach /b: refused'
  })
})

test('with another way the search goes on, and its end names the bootstrap', async () => {
  const dials = new BootstrapDials(['/a'], refuse)
  await dials.settled
  await expect(read(explainBootstrap(findsNobody, dials, () => true)(REQUEST))).rejects.toThrow(/: cannot reach \/a/)
})

test('a bootstrap that has not answered yet is named too', async () => {
  const dials = new BootstrapDials(['/a'], () => new Promise(() => undefined))
  await expect(read(explainBootstrap(findsNobody, dials, () => false)(REQUEST))).rejects.toThrow(/: no answer from \/a/)
})

test('one that was reached leaves the error as it is', async () => {
  const dials = new BootstrapDials(['/a'], async () => undefined)
  await dials.settled
  const failed = read(explainBootstrap(findsNobody, dials, () => false)(REQUEST))
  await expect(failed).rejects.toMatchObject({ message: 'no provider of auto was found' })
})

test('an answer passes through, and the caller can stop it', async () => {
  const dials = new BootstrapDials(['/a'], async () => undefined)
  expect(await read(explainBootstrap(answer('Hello'), dials, () => false)(REQUEST))).toBe(3)
  const signal = AbortSignal.abort(new Error('enough'))
  const stopped = read(explainBootstrap(searching, dials, () => false)(REQUEST, { signal }))
  await expect(stopped).rejects.toThrow('enough')
})

test('what is no address fails at once', async () => {
  const dials = new BootstrapDials(['nonsense'], async () => {
    throw new InvalidAddressError('nonsense is not a multiaddr')
  })
  await expect(dials.settled).rejects.toThrow('not a multiaddr')
})
