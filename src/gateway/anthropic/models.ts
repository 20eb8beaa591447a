import { InvalidRequestError } from '../../interface/index.ts'
import type { ReachableModel } from '../models.ts'

/** One model as Anthropic describes it. */
export function anthropicModel({ name }: ReachableModel, startedAtMs: number) {
  return { type: 'model', id: name, display_name: name, created_at: new Date(startedAtMs).toISOString() }
}

const DEFAULT_LIMIT = 1_000

/** Which page of the models: `limit`, `after_id` and `before_id` of the query. */
export type Page = Readonly<Record<string, string>>

/** One page of models. Throws `InvalidRequestError` for a page that is none. */
export function anthropicModelList(all: readonly ReachableModel[], startedAtMs: number, page: Page = {}) {
  const limit = limitOf(page)
  const after = page.after_id === undefined ? 0 : placeOf(all, 'after_id', page.after_id) + 1
  const before = page.before_id === undefined ? all.length : placeOf(all, 'before_id', page.before_id)
  const from = page.before_id === undefined ? after : Math.max(after, before - limit)
  const models = all.slice(from, Math.min(before, from + limit))
  return {
    data: models.map(model => anthropicModel(model, startedAtMs)),
    has_more: page.before_id === undefined ? from + models.length < all.length : from > 0,
    first_id: models[0]?.name ?? null,
    last_id: models.at(-1)?.name ?? null
  }
}

function limitOf({ limit = String(DEFAULT_LIMIT) }: Page): number {
  const number = Number(limit)
  if (Number.isInteger(number) && number >= 1 && number <= DEFAULT_LIMIT) return number
  return wrong('limit', `must be a whole number from 1 to ${DEFAULT_LIMIT}`)
}

function placeOf(models: readonly ReachableModel[], field: string, id: string): number {
  const at = models.findIndex(({ name }) => name === id)
  return at >= 0 ? at : wrong(field, 'names no model in reach')
}

function wrong(field: string, problem: string): never {
  throw new InvalidRequestError(`${field}: ${problem}`, { details: { field } })
}
