const NEWLINE = 0x0a
/** No line of a head is longer; what is longer is no answer of a daemon. */
const MAX_LINE_BYTES = 64 << 10

/** Reads lines and runs of bytes from a socket. Throws when it ends in between. */
export class ByteReader {
  private readonly source: AsyncIterator<Buffer>
  private pending: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.source = source[Symbol.asyncIterator]()
  }

  /** The next line, without its end. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.pending.indexOf(NEWLINE)
      if (end >= 0) {
        const line = this.pending.toString('latin1', 0, end).replace(/\r$/, '')
        this.pending = this.pending.subarray(end + 1)
        return line
      }
      if (this.pending.length > MAX_LINE_BYTES) throw new Error('a line of the head does not end')
      this.pending = Buffer.concat([this.pending, await this.more()])
    }
  }

  /** The next `count` bytes, in pieces as they come. */
  async *take(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      if (this.pending.length === 0) this.pending = await this.more()
      const piece = this.pending.subarray(0, left)
      this.pending = this.pending.subarray(piece.length)
      left -= piece.length
      yield piece
    }
  }

  private async more(): Promise<Buffer> {
    const { done, value } = await this.source.next()
    if (done) throw new Error('the connection ended too early')
    return value
  }
}
