import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A file that the hub has. */
export interface HubFile {
  data: Uint8Array
  /** Needs this token. */
  gated?: string
  /** What the hub says, where it is to lie. */
  digest?: string
}

/** How the content network misbehaves. */
export interface Faults {
  /** Flips the byte at this offset whenever it is sent. */
  wrongByte?: number
  /** Breaks the first so many answers off after so many bytes. */
  cut?: { answers: number; afterBytes: number }
  /** Answers a range with the whole file. */
  ignoresRanges?: boolean
  /** `content-length` and body are so many bytes longer than asked for. */
  extraBytes?: number
  /** An address of the content network is good for so many requests. */
  addressUses?: number
  /** The first so many requests get this status. */
  status?: { code: number; times: number; retryAfter?: string }
  /** A piece of 16 KiB every so many milliseconds on each connection. */
  pieceMs?: number
}

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const PIECE_BYTES = 16 << 10

/** A server that speaks the hub's paths, headers, redirects and ranges, with a content network at another address. */
export class HubServer {
  readonly files: Map<string, HubFile>
  faults: Faults = {}
  /** `authorization` headers that the content network saw. */
  readonly leaked: string[] = []
  /** Requests to the hub itself, `METHOD path`. */
  readonly asked: string[] = []
  /** Ranges that were asked of the content network. */
  readonly ranges: string[] = []
  /** Stretches of files that were sent, in order. */
  readonly sent: { startByte: number; bytes: number }[] = []
  /** Called whenever a piece was sent. */
  onSent: (bytes: number) => void = () => undefined
  readonly #hub: Server
  readonly #network: Server
  readonly #uses = new Map<string, number>()

  private constructor(files: Map<string, HubFile>) {
    this.files = files
    this.#hub = createServer((request, response) => this.#answerHub(request, response))
    this.#network = createServer((request, response) => void this.#answerNetwork(request, response))
  }

  /** Starts it with files by `owner/name/path`. */
  static async start(files: Record<string, HubFile>): Promise<HubServer> {
    const hub = new HubServer(new Map(Object.entries(files)))
    for (const server of [hub.#hub, hub.#network]) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
    }
    return hub
  }

  /** For `HF_ENDPOINT`. */
  get endpoint(): string {
    return addressOf(this.#hub)
  }

  /** A plain server of the same files, without the hub's headers. */
  get plain(): string {
    return addressOf(this.#network)
  }

  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#network]) {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    }
  }

  #answerHub(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.endpoint)
    this.asked.push(`${request.method} ${url.pathname}`)
    const tree = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/[^/]+$/.exec(url.pathname)?.[1]
    if (tree !== undefined) return void this.#list(tree, url, request, response)
    const [, repository, path] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(url.pathname) ?? []
    const file = this.files.get(`${repository}/${path}`)
    if (this.#refused(`${repository}/`, request, response)) return
    if (file === undefined) return void fail(response, 404, 'EntryNotFound')
    const digest = file.digest ?? createHash('sha256').update(file.data).digest('hex')
    response.writeHead(302, {
      location: `${this.plain}/xet-bridge-us/${repository}/${path}?X-Signature=${Math.random()}`,
      'x-repo-commit': COMMIT,
      'x-linked-size': String(file.data.byteLength),
      'x-linked-etag': `"${digest}"`,
      'accept-ranges': 'bytes',
      'content-type': 'text/plain; charset=utf-8'
    })
    response.end(request.method === 'HEAD' ? undefined : 'Found. Redirecting')
  }

  /** As the hub does it: who has no token is told 401 for what is not there, too. */
  #refused(prefix: string, request: IncomingMessage, response: ServerResponse): boolean {
    const own = [...this.files].filter(([path]) => path.startsWith(prefix)).map(([, file]) => file)
    const token = own.find(file => file.gated !== undefined)?.gated
    if (own.length > 0 && (token === undefined || request.headers.authorization === `Bearer ${token}`)) return false
    if (own.length === 0) fail(response, 401, 'RepoNotFound')
    else fail(response, request.headers.authorization === undefined ? 401 : 403, 'GatedRepo')
    return true
  }

  #list(repository: string, url: URL, request: IncomingMessage, response: ServerResponse): void {
    if (this.#refused(`${repository}/`, request, response)) return
    const all = [...this.files].filter(([path]) => path.startsWith(`${repository}/`))
    const page = Number(url.searchParams.get('cursor') ?? 0)
    const entries = all.slice(page * 2, page * 2 + 2).map(([path, { data }]) => ({
      type: 'file',
      oid: '0'.repeat(40),
      size: data.byteLength,
      lfs: { oid: createHash('sha256').update(data).digest('hex'), size: data.byteLength, pointerSize: 135 },
      path: path.slice(repository.length + 1)
    }))
    const next = `${this.endpoint}${url.pathname}?recursive=true&cursor=${page + 1}`
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      ...(page * 2 + 2 < all.length && { link: `<${next}>; rel="next"` })
    })
    response.end(JSON.stringify(entries))
  }

  async #answerNetwork(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.plain)
    const path = url.pathname.replace(/^\/(?:xet-bridge-us\/)?/, '')
    if (request.headers.authorization !== undefined) this.leaked.push(request.headers.authorization)
    const file = this.files.get(path)
    if (file === undefined) return void fail(response, 404, '')
    const { faults } = this
    if (faults.status !== undefined && faults.status.times-- > 0) {
      if (faults.status.retryAfter !== undefined) response.setHeader('retry-after', faults.status.retryAfter)
      return void fail(response, faults.status.code, '')
    }
    const uses = (this.#uses.get(url.search) ?? 0) + 1
    this.#uses.set(url.search, uses)
    if (uses > (faults.addressUses ?? uses)) return void fail(response, 403, '')
    const size = file.data.byteLength
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const partial = first !== undefined && !faults.ignoresRanges
    const startByte = partial ? Number(first) : 0
    const endByte = partial ? Math.min(size, Number(last) + 1) : size
    const length = endByte - startByte + (faults.extraBytes ?? 0)
    if (request.method === 'GET') this.ranges.push(request.headers.range ?? 'all')
    response.writeHead(partial ? 206 : 200, {
      'content-length': length,
      'accept-ranges': 'bytes',
      etag: '"a-tag"',
      ...(partial && { 'content-range': `bytes ${startByte}-${endByte - 1}/${size}` })
    })
    if (request.method === 'HEAD') return void response.end()
    const body = Buffer.alloc(length)
    body.set(file.data.subarray(startByte, endByte))
    const wrong = (faults.wrongByte ?? -1) - startByte
    if (wrong >= 0 && wrong < length) body[wrong] = (body[wrong] ?? 0) ^ 1
    await this.#send(response, body, startByte)
  }

  async #send(response: ServerResponse, body: Buffer, startByte: number): Promise<void> {
    const { cut, pieceMs } = this.faults
    const cutAt = cut !== undefined && cut.answers-- > 0 ? cut.afterBytes : Number.POSITIVE_INFINITY
    for (let at = 0; at < body.byteLength && !response.destroyed; at += PIECE_BYTES) {
      if (at >= cutAt) return void response.destroy()
      const piece = body.subarray(at, Math.min(body.byteLength, at + PIECE_BYTES, cutAt))
      const written = new Promise<void>(resolve => response.write(piece, () => resolve()))
      this.sent.push({ startByte: startByte + at, bytes: piece.byteLength })
      this.onSent(piece.byteLength)
      await written
      if (pieceMs !== undefined) await new Promise(resolve => setTimeout(resolve, pieceMs))
    }
    if (body.byteLength > cutAt) response.destroy()
    else response.end()
  }
}

function fail(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', ...(code && { 'x-error-code': code }) })
  response.end('no')
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
