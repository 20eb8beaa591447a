import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

/** A page of the documentation, as tests read it. */
export class Page {
  /** From the root of the repository, such as `docs/privacy.md`. */
  readonly path: string
  readonly text: string

  constructor(path: string) {
    this.path = path
    this.text = readFileSync(join(ROOT, path), 'utf8')
  }

  /** What stands in fenced blocks of this language. */
  blocks(language: string): string[] {
    return [...this.text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(match => match[1]!)
  }

  /** The command lines of each `sh` block, those that go on behind `\` joined. */
  get commands(): string[][] {
    return this.blocks('sh').map(block =>
      block
        .replace(/\\\n\s*/g, '')
        .split('\n')
        .filter(line => line.trim() !== '' && !line.startsWith('#'))
    )
  }

  /** Files that the page links to, and the headings in them, where it names one. */
  get links(): { file: string; anchor: string | undefined }[] {
    const prose = this.text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
    return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(match => match[1]!)
      .filter(target => !/^[a-z]+:/.test(target))
      .map(target => {
        const [path = '', anchor] = target.split('#')
        return { file: path === '' ? join(ROOT, this.path) : resolve(dirname(join(ROOT, this.path)), path), anchor }
      })
  }

  /** Names by which headings of the page are linked to. */
  get anchors(): string[] {
    return [...this.text.matchAll(/^#+ (.*)$/gm)].map(match =>
      match[1]!
        .toLowerCase()
        .replace(/[^\p{L}\p{N} -]/gu, '')
        .replaceAll(' ', '-')
    )
  }
}

/** Addresses and ids as pages write them; no test sends anything there. */
export const PRINTED = {
  address: /\/ip4\/203\.0\.113\.7\/tcp\/11436\/p2p\/12D3KooW…/g,
  gateway: /127\.0\.0\.1:11435/g,
  /** A peer that shall not take part. */
  denied: /(?<=--deny |providers\.deny )12D3KooW…/g,
  peerId: /12D3KooW…/g
}
