import { errorFromCode, type P2paiError } from '../../interface/index.ts'

/** What a client calls fields of the engine's request, by the engine's own names, longer ones first. */
export type FieldNames = Readonly<Record<string, string>>

/** An error in the client's words. */
export function renamed(error: P2paiError, names: FieldNames): P2paiError {
  const { field } = error.details
  const found = field === undefined ? undefined : Object.entries(names).find(([own]) => startsWith(field, own))
  if (field === undefined || found === undefined) return error
  const [own, theirs] = found
  // The engine's word is often the first of its sentence, and never in it by chance: names have dots and lines.
  const message = error.message.replace(own, theirs)
  return errorFromCode(error.code, message, { ...error.details, field: theirs + field.slice(own.length) })
}

function startsWith(field: string, name: string): boolean {
  return field.startsWith(name) && !/^\w/.test(field.slice(name.length))
}
