import type { Llama } from 'node-llama-cpp'
import type { JsonSchema } from '../../../interface/index.ts'

/** Quoted texts, classes of characters, and names of rules. */
const PARTS = /"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|[a-zA-Z][a-zA-Z0-9-]*/g
/** The library lets white space follow a value in this form, so that a model that does not end is noticed. */
const ENDING = / "\\n\\n\\n\\n" \[\\n\]\*$/m

/** A text as a grammar writes it. */
export function literal(text: string): string {
  const escaped = text.replace(/["\\\u0000-\u001f\u007f]/g, character =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  )
  return `"${escaped}"`
}

/**
 * The rules of a JSON schema, as the library writes them, with a prefix before every name: rules of several schemas
 * stand side by side. The value is `<prefix>root`; `withEnding` keeps the white space behind it.
 */
export async function schemaRules(
  llama: Llama,
  schema: JsonSchema,
  prefix: string,
  withEnding = false
): Promise<string> {
  // Checked before, which the type of the library's parameter cannot know.
  const { grammar } = await llama.createGrammarForJsonSchema(schema as { type: 'object' })
  const kept = withEnding ? grammar : grammar.replace(ENDING, '')
  return kept.replace(PARTS, part => (/^["[]/.test(part) ? part : prefix + part))
}
