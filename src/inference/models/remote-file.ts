import { DownloadError, ModelNotFoundError, type P2paiError, RefusedError } from '../../interface/index.ts'
import { askWeb } from './http.ts'
import type { HubSettings } from './settings.ts'
import type { HubSource } from './source.ts'
import { Watchdog } from './watchdog.ts'

/** A file elsewhere, and what its server says about it. */
export interface RemoteFile {
  url: URL
  /** For messages and for the derived name. */
  fileName: string
  sizeBytes: number
  /** SHA-256 that the file must have, 64 hex digits. Absent where the server does not say one. */
  digest?: string
  /** Tells two versions of a file apart: the digest, or the server's tag. */
  identity: string
  /** Whether parts can be asked for. */
  ranges: boolean
  token?: string | undefined
}

/** The largest file that is believed: 2 TiB, more than any model. */
const MAX_SIZE_BYTES = 2 ** 41

/** Asks the hub about a file. Throws `ModelNotFoundError`, `RefusedError` or `DownloadError`. */
export async function hubFile(
  source: HubSource & { file: string },
  { endpoint, token }: HubSettings,
  signal?: AbortSignal
): Promise<RemoteFile> {
  const { repository, revision, file } = source
  const asked = hubAddress(endpoint, `${repository}/resolve/${encodeURIComponent(revision)}/${encodePath(file)}`)
  using watchdog = new Watchdog(signal)
  const { response } = await askWeb(asked, { method: 'HEAD', follow: 'host', token, signal: watchdog.signal })
  const { headers, status } = response
  if (status >= 400) throw statusError(response, `${repository}/${file}`, { repository, endpoint, token })
  const digest = unquote(headers.get('x-linked-etag') ?? headers.get('etag'))
  if (!/^[0-9a-f]{64}$/.test(digest)) {
    throw new DownloadError(`the hub names no SHA-256 of ${file}, so nobody could tell whether it is whole`)
  }
  const commit = headers.get('x-repo-commit') ?? ''
  // The commit keeps all parts of one version, whatever happens to the branch meanwhile.
  const fixed = /^[0-9a-f]{40}$/.test(commit) ? commit : encodeURIComponent(revision)
  return {
    url: hubAddress(endpoint, `${repository}/resolve/${fixed}/${encodePath(file)}`),
    fileName: file.split('/').at(-1) ?? file,
    sizeBytes: sizeOf(headers.get('x-linked-size') ?? headers.get('content-length'), file),
    digest,
    identity: digest,
    ranges: true,
    token
  }
}

/** Asks any server about a file. The digest is known only when it has been fetched. */
export async function webFile(url: URL, signal?: AbortSignal): Promise<RemoteFile> {
  using watchdog = new Watchdog(signal)
  const { response } = await askWeb(url, { method: 'HEAD', signal: watchdog.signal })
  if (response.status >= 400) throw statusError(response, url.href)
  const { headers } = response
  const fileName = decodeURIComponent(url.pathname.split('/').at(-1) ?? '').slice(-200) || 'model.gguf'
  return {
    url,
    fileName,
    sizeBytes: sizeOf(headers.get('content-length'), fileName),
    identity: `${url.href} ${headers.get('etag') ?? headers.get('last-modified') ?? ''}`,
    ranges: headers.get('accept-ranges') === 'bytes'
  }
}

/** A path at the hub, below whatever path the endpoint has itself. */
export function hubAddress(endpoint: URL, below: string): URL {
  return new URL(below, endpoint.href.endsWith('/') ? endpoint : `${endpoint.href}/`)
}

/** Who was asked, for hints about what the user can do. */
interface AskedHub {
  repository: string
  endpoint: URL
  token?: string | undefined
}

/** What an error status means for a user. */
export function statusError(response: Response, what: string, hub?: AskedHub): P2paiError {
  const { status, headers } = response
  const code = headers.get('x-error-code') ?? ''
  if (hub !== undefined && (status === 401 || status === 403)) {
    if (code === 'RepoNotFound' || code === 'RepositoryNotFound') {
      const hint = hub.token === undefined ? '; if it is a private one, set HF_TOKEN' : ''
      return new ModelNotFoundError(`the hub has no repository ${hub.repository}${hint}`)
    }
    const page = hubAddress(hub.endpoint, hub.repository).href
    const fix =
      hub.token === undefined
        ? `accept its terms at ${page}, and set HF_TOKEN to a token of yours`
        : `the token in HF_TOKEN may not read it; accept its terms at ${page}`
    return new RefusedError(`the hub does not give ${what} to everybody: ${fix}`)
  }
  if (status === 401 || status === 403) return new RefusedError(`the server does not give ${what} (status ${status})`)
  if (status === 404 || status === 410) return new ModelNotFoundError(`there is no ${what} (status ${status})`)
  return new DownloadError(`the server answers status ${status} for ${what}`)
}

function sizeOf(text: string | null, file: string): number {
  const sizeBytes = text === null || !/^\d{1,15}$/.test(text) ? 0 : Number(text)
  if (sizeBytes > 0 && sizeBytes <= MAX_SIZE_BYTES) return sizeBytes
  throw new DownloadError(`the server says no usable size of ${file}`)
}

function unquote(etag: string | null): string {
  return (etag ?? '')
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1')
    .toLowerCase()
}

function encodePath(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/')
}
