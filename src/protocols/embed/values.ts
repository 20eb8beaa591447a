import { FLOAT_BYTES, LENGTH_TOLERANCE, MAX_DIMENSIONS, MAX_VALUES_BYTES } from './constants.ts'

/** Numbers as 32-bit floats, the least byte first, whatever this machine's own order is. */
export function packFloats(values: Iterable<number>, count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count * FLOAT_BYTES)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const value of values) view.setFloat32(FLOAT_BYTES * at++, value, true)
  return bytes
}

/** Reads what `packFloats` wrote. For bytes whose number was checked. */
export function unpackFloats(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: bytes.byteLength / FLOAT_BYTES }, (_, at) =>
    view.getFloat32(FLOAT_BYTES * at, true)
  )
}

/** Cuts vectors of one length into as many as fit into a frame. */
export function* vectorBatches(vectors: readonly Float32Array[]): Generator<readonly Float32Array[]> {
  const bytesEach = FLOAT_BYTES * (vectors[0]?.length ?? 0)
  const perFrame = Math.max(1, Math.floor(MAX_VALUES_BYTES / bytesEach))
  for (let at = 0; at < vectors.length; at += perFrame) yield vectors.slice(at, at + perFrame)
}

/** What is wrong with the vectors of an answer; undefined when nothing is. */
export function vectorProblem(vectors: readonly Float32Array[], count: number): string | undefined {
  if (vectors.length !== count) return `there are ${vectors.length} vectors for ${count} texts`
  const dimensions = vectors[0]?.length ?? 0
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS) return `a vector has ${dimensions} dimensions`
  if (vectors.some(vector => vector.length !== dimensions)) return 'the vectors differ in length'
  return vectors.some(vector => !isNormalised(vector)) ? 'a vector is not of length 1' : undefined
}

/** What is wrong with the scores of an answer; undefined when nothing is. */
export function scoreProblem(scores: readonly number[], count: number): string | undefined {
  if (scores.length !== count) return `there are ${scores.length} scores for ${count} documents`
  return scores.every(score => score >= 0 && score <= 1) ? undefined : 'a score is not between 0 and 1'
}

/** False for a vector with anything in it that is no number, too. */
function isNormalised(vector: Float32Array): boolean {
  let squares = 0
  for (const value of vector) squares += value * value
  return Math.abs(Math.sqrt(squares) - 1) <= LENGTH_TOLERANCE
}
