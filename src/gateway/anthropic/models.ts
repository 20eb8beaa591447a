import type { ReachableModel } from '../models.ts'

/** One model as Anthropic describes it. */
export function anthropicModel({ name }: ReachableModel, startedAtMs: number) {
  return { type: 'model', id: name, display_name: name, created_at: new Date(startedAtMs).toISOString() }
}

/** All models on one page. */
export function anthropicModelList(models: readonly ReachableModel[], startedAtMs: number) {
  return {
    data: models.map(model => anthropicModel(model, startedAtMs)),
    has_more: false,
    first_id: models[0]?.name ?? null,
    last_id: models.at(-1)?.name ?? null
  }
}
