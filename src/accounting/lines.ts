/** The lines of a text that comes in pieces. Of one that is too long only its beginning is given, so that none fills the memory. */
export async function* linesOf(chunks: AsyncIterable<string>, maxLength: number): AsyncGenerator<string> {
  let line = ''
  for await (const chunk of chunks) {
    const [first = '', ...rest] = chunk.split('\n')
    line = (line + first).slice(0, maxLength)
    for (const next of rest) {
      yield line
      line = next.slice(0, maxLength)
    }
  }
  if (line !== '') yield line
}
