import { AbortedError, InvalidRequestError } from '../../interface/index.ts'

/** Named as chunked, an answer is sent from its first byte on; otherwise the server reads ahead to learn its length. */
export const LINE_HEADERS = { 'content-type': 'application/x-ndjson', 'transfer-encoding': 'chunked' }

/** The body of a call. Throws `InvalidRequestError` when it is not JSON. */
export async function jsonBody(request: { json(): Promise<unknown> }): Promise<unknown> {
  try {
    return await request.json()
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new InvalidRequestError('the body is not JSON', { cause: error, details: { field: 'body' } })
  }
}

/** Fires when the asker of a call is gone; `gone` says so where the answer's stream hears of it first. */
export function askerOf(request: Request): { signal: AbortSignal; gone: () => void } {
  const asker = new AbortController()
  const gone = (): void => asker.abort(new AbortedError('the asker is gone'))
  request.signal.addEventListener('abort', gone, { once: true })
  return { signal: asker.signal, gone }
}
