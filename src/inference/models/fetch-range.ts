import { setTimeout as sleep } from 'node:timers/promises'
import { DownloadError, P2paiError, throwIfAborted } from '../../interface/index.ts'
import { askWeb, type WebAnswer, webError } from './http.ts'
import type { PartFile } from './part-file.ts'
import { type FileRange, lengthOf } from './ranges.ts'
import { type RemoteFile, statusError } from './remote-file.ts'
import { Watchdog } from './watchdog.ts'

/** Tries in a row without a single byte before a download is given up; with the pauses about 30 s. */
const MAX_TRIES = 6
const FIRST_PAUSE_MS = 500
const MAX_PAUSE_MS = 15_000

/** What the workers of one download share. */
export interface DownloadLine {
  remote: RemoteFile
  part: PartFile
  /** Where the last redirect led: asked without the hub, until it no longer answers. */
  direct?: URL | undefined
  /** Called with every piece. */
  onBytes(bytes: number): void
}

/** Fetches what is missing of a range. Breaks are mended by going on from the last byte. */
export async function fetchRange(line: DownloadLine, range: FileRange, signal: AbortSignal): Promise<void> {
  for (let tries = 0; range.doneBytes < lengthOf(range); ) {
    const before = range.doneBytes
    try {
      await fetchOnce(line, range, signal)
    } catch (error) {
      throwIfAborted(signal)
      if (!(error instanceof DownloadError)) throw error
      tries = range.doneBytes > before ? 1 : tries + 1
      if (tries >= MAX_TRIES || error instanceof WrongAnswerError) throw error
      await pause(pauseMs(error, tries), signal)
    }
  }
}

/** An answer that another try would not mend. */
class WrongAnswerError extends DownloadError {}

/** A server that asks to come back later, and when. */
class LaterError extends DownloadError {
  readonly afterMs: number

  constructor(error: P2paiError, afterMs: number) {
    super(error.message)
    this.afterMs = afterMs
  }
}

async function fetchOnce(line: DownloadLine, range: FileRange, signal: AbortSignal): Promise<void> {
  const { remote, part } = line
  if (!remote.ranges && range.doneBytes > 0) {
    line.onBytes(-range.doneBytes)
    part.restart(range)
  }
  using watchdog = new Watchdog(signal)
  const { response, url } = await ask(line, range, watchdog.signal)
  checkAnswer(response, remote, range)
  let leftBytes = lengthOf(range) - range.doneBytes
  try {
    for await (const data of response.body ?? []) {
      watchdog.touch()
      if (data.byteLength > leftBytes) throw new WrongAnswerError(`${url.host} sends more than was asked for`)
      leftBytes -= data.byteLength
      await part.write(range, data)
      line.onBytes(data.byteLength)
    }
  } catch (error) {
    throw error instanceof P2paiError ? error : webError(error, url, watchdog.signal)
  }
  if (leftBytes > 0) throw new DownloadError(`${url.host} breaks off ${leftBytes} bytes before the end`)
}

async function ask(line: DownloadLine, range: FileRange, signal: AbortSignal): Promise<WebAnswer> {
  const { remote, direct } = line
  const headers: Record<string, string> = remote.ranges
    ? { range: `bytes=${range.startByte + range.doneBytes}-${range.endByte - 1}` }
    : {}
  if (direct !== undefined) {
    const answer = await askWeb(direct, { headers, signal })
    if (answer.response.ok) return answer
    // Addresses of a content network are signed for some minutes; the hub gives a new one.
    await answer.response.body?.cancel()
    line.direct = undefined
  }
  const answer = await askWeb(remote.url, { headers, token: remote.token, signal })
  const { response, url } = answer
  if (response.ok) {
    if (url.origin !== remote.url.origin) line.direct = url
    return answer
  }
  await response.body?.cancel()
  // Beyond the hub a refusal is a bad address, not a word about the user.
  const elsewhere = url.origin !== remote.url.origin
  const error = elsewhere
    ? new DownloadError(`${url.host} answers status ${response.status} for ${remote.fileName}`)
    : statusError(response, remote.fileName)
  const later = Number(response.headers.get('retry-after') ?? Number.NaN)
  throw Number.isFinite(later) && error instanceof DownloadError ? new LaterError(error, later * 1000) : error
}

/** Throws unless the answer is exactly the bytes that were asked for. */
function checkAnswer(response: Response, remote: RemoteFile, range: FileRange): void {
  const { status, headers } = response
  const first = range.startByte + range.doneBytes
  const asked = remote.ranges
    ? `bytes ${first}-${range.endByte - 1}/${remote.sizeBytes}`
    : `a file of ${remote.sizeBytes} bytes`
  const encoding = headers.get('content-encoding') ?? 'identity'
  const length = headers.get('content-length')
  const right =
    encoding === 'identity' &&
    (length === null || Number(length) === range.endByte - first) &&
    (remote.ranges ? status === 206 && headers.get('content-range') === asked : status === 200)
  if (right) return
  const got = headers.get('content-range') ?? `status ${status} with ${length ?? 'an unknown number of'} bytes`
  void response.body?.cancel().catch(() => undefined)
  throw new WrongAnswerError(`the server was asked for ${asked} and answers ${got.slice(0, 100)}`)
}

function pauseMs(error: DownloadError, tries: number): number {
  const usual = FIRST_PAUSE_MS * 2 ** (tries - 1)
  return Math.min(MAX_PAUSE_MS, error instanceof LaterError ? Math.max(usual, error.afterMs) : usual)
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => throwIfAborted(signal))
}
