import type { Llama } from 'node-llama-cpp'
import { InvalidRequestError, type JsonSchema, type Tool } from '../../../interface/index.ts'
import type { CallSyntax } from './call-syntax.ts'
import { literal, schemaRules } from './gbnf.ts'
import { ANY_OBJECT, bindableSchema, GrammarBudget } from './schema.ts'

/** More calls in one answer would be a loop. */
export const MAX_CALLS = 16

/** The rule that `callRules` gives: one call or several, from the first mark to the last. */
export const CALLS_RULE = 'calls'

/**
 * The rules of a grammar that lets a model write calls of these tools and nothing else. Arguments are bound to the
 * schemas; what a grammar cannot say of them is left out. Throws `InvalidRequestError`.
 */
export async function callRules(
  llama: Llama,
  syntax: CallSyntax,
  tools: readonly Tool[],
  maxCalls: number
): Promise<string> {
  const budget = new GrammarBudget()
  const rules: string[] = []
  for (const [index, { name, parameters }] of tools.entries()) {
    const prefix = `t${index}-`
    try {
      rules.push(await argumentRules(llama, bindableSchema(parameters, budget), prefix, budget))
    } catch (cause) {
      throw new InvalidRequestError(`the parameters of the tool ${name} cannot be made into a grammar`, {
        cause,
        details: { field: 'tools.parameters' }
      })
    }
    const before = literal(name + syntax.afterName(name))
    const after = syntax.afterArguments(name)
    rules.push(`${prefix}call ::= ${before} ${prefix}root${after === '' ? '' : ` ${literal(after)}`}`)
  }
  rules.push(`call ::= ${tools.map((_, index) => `t${index}-call`).join(' | ')}`)
  const more = syntax.next === undefined || maxCalls < 2 ? '' : ` ( ${literal(syntax.next)} call ){0,${maxCalls - 1}}`
  const end = syntax.end === '' ? '' : ` ( ${literal(syntax.end)} )?`
  rules.push(`${CALLS_RULE} ::= ${literal(syntax.head)} call${more}${end}`)
  return rules.join('\n')
}

/**
 * Binds the arguments of one tool. The library's grammars demand every property; here those of the arguments itself
 * may be left out unless they are required. Required ones come first.
 */
async function argumentRules(llama: Llama, schema: JsonSchema, prefix: string, budget: GrammarBudget): Promise<string> {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)
  // Every property brings the definitions along.
  const shared = JSON.stringify(schema.$defs ?? '').length * properties.length
  if (schema.type !== 'object' || properties.length === 0 || !budget.takeLength(shared)) {
    return await schemaRules(llama, schema.type === 'object' && properties.length === 0 ? ANY_OBJECT : schema, prefix)
  }
  const names = new Set((schema.required ?? []) as string[])
  const required = properties.filter(([name]) => names.has(name))
  const optional = properties.filter(([name]) => !names.has(name))
  const rules = [
    `${prefix}space ::= ( [ ] | [\\n] [ ]{0,4} )?`,
    `${prefix}comma ::= "," ${prefix}space`,
    `${prefix}rest${optional.length} ::= ""`
  ]
  const pair = async (name: string, value: JsonSchema, id: string) => {
    const $defs = schema.$defs === undefined ? {} : { $defs: schema.$defs }
    rules.push(await schemaRules(llama, { ...value, ...$defs }, `${prefix}${id}-`))
    rules.push(`${prefix}${id} ::= ${literal(JSON.stringify(name))} ":" [ ]? ${prefix}${id}-root`)
    return `${prefix}${id}`
  }
  const demanded: string[] = []
  for (const [index, [name, value]] of required.entries()) demanded.push(await pair(name, value, `r${index}`))
  const offered: string[] = []
  for (const [index, [name, value]] of optional.entries()) offered.push(await pair(name, value, `o${index}`))
  for (const [index, rule] of offered.entries()) {
    rules.push(`${prefix}rest${index} ::= ( ${prefix}comma ${rule} )? ${prefix}rest${index + 1}`)
  }
  const body =
    demanded.length > 0
      ? `${demanded.join(` ${prefix}comma `)} ${prefix}rest0`
      : `( ${offered.map((rule, index) => `${rule} ${prefix}rest${index + 1}`).join(' | ')} )?`
  rules.push(`${prefix}root ::= "{" ${prefix}space ${body} ${prefix}space "}"`)
  return rules.join('\n')
}
