import { z } from 'zod'
import { DownloadError, ModelNotFoundError } from '../../interface/index.ts'
import { partNameOf } from '../files/parts.ts'
import { askWeb, webError } from './http.ts'
import { quantizationIn } from './names.ts'
import { hubAddress, statusError } from './remote-file.ts'
import type { HubSettings } from './settings.ts'
import { type HubSource, isSafeHubPath } from './source.ts'
import { Watchdog } from './watchdog.ts'

const MAX_PAGES = 5
const MAX_PAGE_BYTES = 4 << 20
/** Best trade of size and quality first, when the user names none. */
const PREFERRED = ['Q4_K_M', 'MXFP4', 'Q4_K_S', 'Q4_0', 'Q5_K_M', 'Q8_0', 'F16']

const pageSchema = z.array(z.object({ type: z.string(), path: z.string().max(1000) }))

/** Chooses the file of a repository that a quantization means, or the usual one. */
export async function chooseHubFile(source: HubSource, settings: HubSettings, signal?: AbortSignal): Promise<string> {
  const files = await listGgufs(source, settings, signal)
  const { repository, quantization } = source
  const all = files.filter(file => isSafeHubPath(file) && !/(?:^|\/)mmproj/i.test(file))
  // A model in parts is known by its first; one in a single file is preferred.
  const whole = all.filter(file => partNameOf(file) === undefined)
  const firsts = all.filter(file => (partNameOf(file)?.number ?? 1) === 1)
  const chosen = chooseFile(whole, quantization) ?? chooseFile(firsts, quantization)
  if (chosen !== undefined) return chosen
  const known = [...new Set(firsts.map(quantizationIn).filter(Boolean))].slice(0, 20)
  const wanted = quantization === undefined ? 'GGUF' : `GGUF ${JSON.stringify(quantization)}`
  throw new ModelNotFoundError(
    `${repository} has no ${wanted}${known.length === 0 ? '' : `; it has ${known.join(', ')}`}`,
    { details: { suggestions: known.map(name => `hf:${repository}:${name}`).slice(0, 4) } }
  )
}

/** The file of a quantization; without one the preferred, or the only one. */
export function chooseFile(files: string[], quantization?: string): string | undefined {
  const sorted = files.toSorted((a, b) => a.length - b.length || a.localeCompare(b))
  if (quantization !== undefined) {
    const wanted = quantization.toLowerCase()
    return sorted.find(file => quantizationIn(file).toLowerCase() === wanted)
  }
  for (const name of PREFERRED) {
    const found = sorted.find(file => quantizationIn(file).toUpperCase() === name)
    if (found !== undefined) return found
  }
  return sorted[0]
}

async function listGgufs(source: HubSource, settings: HubSettings, signal?: AbortSignal): Promise<string[]> {
  const { repository, revision } = source
  const { endpoint, token } = settings
  const below = `api/models/${repository}/tree/${encodeURIComponent(revision)}?recursive=true`
  const files: string[] = []
  let next: URL | undefined = hubAddress(endpoint, below)
  for (let page = 0; next !== undefined && page < MAX_PAGES; page++) {
    using watchdog = new Watchdog(signal)
    const { response } = await askWeb(next, { token, signal: watchdog.signal })
    if (!response.ok) throw statusError(response, repository, { repository, endpoint, token })
    const entries = pageSchema.safeParse(await readJson(response, next, watchdog))
    if (!entries.success) throw new DownloadError(`the hub's list of ${repository} cannot be understood`)
    files.push(...entries.data.map(entry => entry.path).filter(path => /\.gguf$/i.test(path)))
    next = nextPage(response, endpoint)
  }
  return files
}

async function readJson(response: Response, url: URL, watchdog: Watchdog): Promise<unknown> {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  try {
    for await (const part of response.body ?? []) {
      watchdog.touch()
      sizeBytes += part.byteLength
      if (sizeBytes > MAX_PAGE_BYTES) throw new DownloadError('the hub sends a list that has no end')
      parts.push(part)
    }
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw new DownloadError('the hub sends a list that is not JSON')
    throw webError(error, url, watchdog.signal)
  }
}

/** The next page, as long as it is at the hub: the token goes along. */
function nextPage(response: Response, endpoint: URL): URL | undefined {
  const address = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
  if (address === undefined || !URL.canParse(address, endpoint.href)) return undefined
  const url = new URL(address, endpoint)
  return url.origin === endpoint.origin ? url : undefined
}
