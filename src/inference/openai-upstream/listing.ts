import { z } from 'zod'
import { EngineCrashedError, MAX_NAME_LENGTH } from '../../interface/index.ts'
import { kindOfOwner, type ServerKind } from './server-kind.ts'

const size = z.number().min(0).nullish()

/** `GET /v1/models`, with what each server adds to OpenAI's form. */
const listing = z.object({
  data: z
    .array(
      z.object({
        id: z.string().min(1),
        owned_by: z.string().nullish(),
        max_model_len: size,
        meta: z.object({ n_ctx_train: size, n_params: size, size: size }).nullish(),
        p2pai: z
          .object({
            digest: z.string().nullish(),
            context_size_tokens: size,
            parameter_count: size,
            quantization: z.string().nullish(),
            state: z.string().nullish(),
            features: z.record(z.string(), z.unknown()).nullish()
          })
          .nullish()
      })
    )
    .max(10_000)
})

/** One model as the server lists it. */
export type ListedModel = z.output<typeof listing>['data'][number]

/** The server's models, and its kind as far as their owners tell. Throws `EngineCrashedError` for anything else. */
export function readListing(value: unknown): { models: ListedModel[]; kind: ServerKind | undefined } {
  const parsed = listing.safeParse(value)
  if (!parsed.success) {
    throw new EngineCrashedError('the server behind this node lists no models at /v1/models', { cause: parsed.error })
  }
  const models = parsed.data.data.filter(isUsable)
  const kinds = models.map(model => kindOfOwner(model.owned_by ?? ''))
  return { models, kind: kinds.find(kind => kind !== undefined) }
}

/** A name must fit an advert. What another node takes from the network is that network's to serve, or it goes in circles. */
function isUsable({ id, owned_by }: ListedModel): boolean {
  return id.length <= MAX_NAME_LENGTH && owned_by !== 'network'
}
