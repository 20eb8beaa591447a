import { InvalidRequestError, matchesModel } from '../../interface/index.ts'
import { HttpFailure } from '../failure.ts'
import type { Gateway } from '../gateway.ts'
import { modelControlFor } from '../guard/model-changes.ts'
import { readBody } from '../request-body.ts'
import type { Route } from '../route.ts'
import { namedBody, nameOf } from './schema.ts'

/** `DELETE /api/delete`: 404 for a model that is not here, 409 for one that is in use or belongs to another program. */
export const deleteRoute: Route = {
  method: 'delete',
  path: '/api/delete',
  summary: "Removes a model from this machine's disk, as ollama does; from here, or with an API key",
  body: namedBody,
  answers: ['application/json'],
  async handle(call, gateway) {
    const control = modelControlFor(call, gateway)
    const name = nameOf(await readBody(call, gateway, namedBody))
    refuseBusy(gateway, name)
    try {
      await control.remove(name)
    } catch (error) {
      if (error instanceof InvalidRequestError) throw new HttpFailure('conflict', error.message)
      throw error
    }
    return call.body(null, 200)
  }
}

function refuseBusy({ node }: Gateway, name: string): void {
  const busy = node.status().engines.find(({ model, digest, slots, queued }) => {
    return slots.busy + queued > 0 && matchesModel(name, { name: model, digest })
  })
  if (busy !== undefined) throw new HttpFailure('conflict', `${busy.model} is answering now`)
}
