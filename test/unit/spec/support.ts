import { readFileSync } from 'node:fs'
import { Uint8ArrayList } from 'uint8arraylist'
import { expect } from 'vitest'
import { readPrefix, withPrefix } from '../../../src/protocols/length-prefix.ts'

/** A page of the spec with its example frames. */
export interface SpecPage {
  text: string
  /** Hex by name, length included. */
  frames: ReadonlyMap<string, string>
  /** The body of an example, whose length is checked. */
  body(name: string): Uint8Array
}

/** Reads a page of `spec/`. */
export function specPage(name: string): SpecPage {
  const text = readFileSync(new URL(`../../../spec/${name}`, import.meta.url), 'utf8')
  const lines = /```frames\n([\s\S]*?)```/.exec(text)![1]!.trim().split('\n')
  const frames = new Map(lines.map(line => line.split(' ') as [string, string]))
  const body = (frame: string) => {
    const bytes = new Uint8ArrayList(Buffer.from(frames.get(frame)!, 'hex'))
    const prefix = readPrefix(bytes, 1 << 20)!
    expect(prefix.bodyOffset + prefix.bodyBytes).toBe(bytes.byteLength)
    return bytes.slice(prefix.bodyOffset)
  }
  return { text, frames, body }
}

/** A body as an example shows it. */
export function exampleHex(body: Uint8Array): string {
  return Buffer.from(withPrefix(body)).toString('hex')
}
