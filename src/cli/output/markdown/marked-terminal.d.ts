/** The package has no types of its own; these are of what is used here. */
declare module 'marked-terminal' {
  import type { MarkedExtension } from 'marked'
  export function markedTerminal(options: {
    width: number
    reflowText: boolean
    emoji: boolean
    tableOptions: { colWidths?: number[]; wordWrap: boolean; wrapOnWordBoundary: boolean }
  }): MarkedExtension
}
