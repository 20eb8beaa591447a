import { DownloadError, P2paiError, throwIfAborted } from '../../interface/index.ts'

const MAX_REDIRECTS = 5
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** One request for a file or a listing. */
export interface WebRequest {
  method?: 'GET' | 'HEAD'
  headers?: Record<string, string>
  /** Sent as `authorization`, and to the first host alone. */
  token?: string | undefined
  /** `host`: a redirect to another host is the answer itself. @default 'all' */
  follow?: 'all' | 'host'
  signal?: AbortSignal | undefined
}

/** An answer, and where it came from after all redirects. */
export interface WebAnswer {
  response: Response
  url: URL
}

/**
 * Asks over HTTP. Redirects are followed here instead of by `fetch`, because the token must not reach another host
 * and because an encrypted way must not become an open one. Throws `DownloadError`, or `AbortedError`.
 */
export async function askWeb(first: URL, request: WebRequest): Promise<WebAnswer> {
  const { method = 'GET', headers, token, follow = 'all', signal } = request
  let url = first
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await askOnce(url, {
      method,
      redirect: 'manual',
      headers: {
        ...headers,
        // Sizes and ranges are those of the file itself.
        'accept-encoding': 'identity',
        'user-agent': 'p2pai',
        ...(token !== undefined && url.origin === first.origin && { authorization: `Bearer ${token}` })
      },
      ...(signal && { signal })
    })
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null
    if (location === null) return { response, url }
    const next = URL.canParse(location, url.href) ? new URL(location, url.href) : undefined
    if (next === undefined || !isAllowed(url, next)) {
      await response.body?.cancel()
      throw new DownloadError(`${url.host} redirects to where p2pai does not go`)
    }
    if (follow === 'host' && next.origin !== url.origin) return { response, url }
    await response.body?.cancel()
    url = next
  }
  throw new DownloadError(`${first.host} redirects in circles`)
}

async function askOnce(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (cause) {
    throw webError(cause, url, init.signal ?? undefined)
  }
}

/** What a failed connection means, in words. Passes on what a signal was aborted with. */
export function webError(cause: unknown, url: URL, signal: AbortSignal | undefined): P2paiError {
  try {
    throwIfAborted(signal)
  } catch (aborted) {
    return aborted as P2paiError
  }
  if (cause instanceof P2paiError) return cause
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : ''
  const why = WORDS[code] ?? (code || (inner instanceof Error ? inner.message : 'unknown'))
  return new DownloadError(`cannot fetch from ${url.host}: ${why}`, { cause })
}

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the name is not known; is this machine online?',
  EAI_AGAIN: 'the name could not be looked up; is this machine online?',
  ECONNRESET: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  ETIMEDOUT: 'no connection in time'
}

function isAllowed(from: URL, to: URL): boolean {
  if (to.username !== '' || to.password !== '') return false
  return to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:')
}
