import type { ModelFeatures } from './engine.ts'
import { UnsupportedFeatureError } from './errors.ts'
import type { GenerateRequest } from './request.ts'
import { mediaParts } from './validate-media.ts'

/** What a request wants of a model; the name of the feature that says so. `images` is a prompt that holds some. */
export type ModelTask = 'chat' | 'images' | 'embeddings' | 'rerank' | 'score'

const DOES_NOT: Record<ModelTask, string> = {
  chat: 'does not answer prompts',
  images: 'reads no images',
  embeddings: 'does not turn texts into vectors',
  rerank: 'does not rank documents',
  score: 'does not score answers'
}

/** Whether a model can do this when it is named. A base model answers prompts, though `auto` never takes it for that. */
export function canDo(features: Pick<ModelFeatures, ModelTask>, task: ModelTask): boolean {
  if (task !== 'chat') return features[task] === true
  return features.chat || !(features.embeddings || features.rerank)
}

/** The refusal of a request that names a model which cannot do what it wants. */
export function cannotDo(name: string, task: ModelTask): UnsupportedFeatureError {
  return new UnsupportedFeatureError(`the model ${name} ${DOES_NOT[task]}`, {
    details: { field: task === 'images' ? 'messages' : 'model' }
  })
}

/** What a prompt wants of a model. */
export function taskOf({ messages }: Pick<GenerateRequest, 'messages'>): ModelTask {
  return mediaParts(messages).length > 0 ? 'images' : 'chat'
}
