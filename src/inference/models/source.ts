import { existsSync } from 'node:fs'
import { InvalidRequestError, ModelNotFoundError, nearestNames } from '../../interface/index.ts'
import { CATALOG, findInCatalog } from './catalog.ts'

/** Where a model is to be taken from. */
export type ModelSource = HubSource | { kind: 'url'; url: URL } | { kind: 'file'; path: string }

/** A file in a repository of the hub. */
export interface HubSource {
  kind: 'hub'
  /** `owner/name`. */
  repository: string
  /** Branch, tag or commit. */
  revision: string
  /** Path in the repository; else the file is chosen by `quantization`. */
  file?: string
  quantization?: string
  /** The name that the catalog gives it, and its licence. */
  name?: string
  licence?: string
}

const REPOSITORY = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/
const FILE = /^(?:[A-Za-z0-9_][\w.+-]{0,127}\/){0,4}[A-Za-z0-9_][\w.+-]{0,200}\.gguf$/i
const QUANTIZATION = /^[A-Za-z0-9][\w.-]{0,31}$/
const REVISION = /^[A-Za-z0-9][\w.-]{0,63}$/
const HUB_PREFIX = /^(?:hf:|hf\.co\/|huggingface\.co\/)/i
/** Pages of the hub that people copy the address of. */
const HUB_PAGE = /^\/([^/]+\/[^/]+)(?:\/(?:resolve|blob)\/([^/]+)\/(.+))?\/?$/

/**
 * Understands what `models pull` is given: a name of the catalog, `hf:owner/name[:QUANT]`, `hf:owner/name/FILE`, an
 * address, or a file. `hubHosts` are hosts whose addresses are the hub's. Throws `InvalidRequestError` for what has
 * no safe meaning, and `ModelNotFoundError` with near names for an unknown name.
 */
export function parseSource(wanted: string, hubHosts: string[]): ModelSource {
  const text = wanted.trim()
  if (text === '') throw invalid('no model is named')
  if (HUB_PREFIX.test(text)) return hubSource(text.replace(HUB_PREFIX, ''))
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return addressSource(text, hubHosts)
  if (/[/\\]|\.gguf$/i.test(text) || existsSync(text)) return fileSource(text)
  const entry = findInCatalog(text)
  if (entry !== undefined) {
    const { name, repository, file, licence } = entry
    return { kind: 'hub', repository, file, revision: 'main', name, licence }
  }
  const suggestions = nearestNames(
    text,
    CATALOG.map(({ name }) => name)
  )
  throw new ModelNotFoundError(
    `no model ${JSON.stringify(text.slice(0, 80))} in the catalog; name one of the hub with hf:owner/name, or an address`,
    { details: { suggestions } }
  )
}

function hubSource(text: string): HubSource {
  const [owner = '', name = '', ...rest] = text.split('/')
  if (rest.length > 0) return checked(`${owner}/${name}`, 'main', rest.join('/'))
  const [bare = '', ...tag] = name.split(':')
  const source = checked(`${owner}/${bare}`, 'main')
  if (tag.length === 0) return source
  const quantization = tag.join(':')
  if (!QUANTIZATION.test(quantization)) throw invalid(`${quote(quantization)} is no quantization such as Q4_K_M`)
  return { ...source, quantization }
}

function addressSource(text: string, hubHosts: string[]): ModelSource {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw invalid(`${quote(text)} is no address of the web`)
  if (url.username !== '' || url.password !== '') throw invalid('an address with a password in it is not taken')
  if (hubHosts.includes(url.host)) {
    const [, repository, revision = 'main', file] = HUB_PAGE.exec(decode(url.pathname)) ?? []
    if (repository === undefined) throw invalid(`${quote(text)} is no model's page on the hub`)
    return checked(repository, revision, file)
  }
  if (url.protocol === 'http:' && !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)) {
    throw invalid(`${quote(text)} is not encrypted, so anybody on the way could change the model; use https`)
  }
  url.hash = ''
  return { kind: 'url', url }
}

function fileSource(path: string): ModelSource {
  if (!existsSync(path)) {
    const hint = REPOSITORY.test(path.split(':')[0] ?? '') ? `; a model of the hub is got as hf:${path}` : ''
    throw invalid(`there is no file ${quote(path)}${hint}`)
  }
  return { kind: 'file', path }
}

function checked(repository: string, revision: string, file?: string): HubSource {
  if (!REPOSITORY.test(repository) || repository.includes('..')) {
    throw invalid(`${quote(repository)} is no repository such as owner/name`)
  }
  if (!REVISION.test(revision) || revision.includes('..')) throw invalid(`${quote(revision)} is no revision`)
  if (file === undefined) return { kind: 'hub', repository, revision }
  if (!isSafeHubPath(file)) throw invalid(`${quote(file)} is no GGUF in a repository`)
  return { kind: 'hub', repository, revision, file }
}

/** Whether a path in a repository is a GGUF and stays in the repository. */
export function isSafeHubPath(file: string): boolean {
  return FILE.test(file) && !file.includes('..')
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 120))
}

function invalid(message: string): InvalidRequestError {
  return new InvalidRequestError(message, { details: { field: 'model' } })
}
