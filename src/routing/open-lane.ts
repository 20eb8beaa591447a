import {
  type AcceptedEvent,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  isAuto,
  matchesModel,
  ProtocolError,
  type RemoteGenerate
} from '../interface/index.ts'
import type { Choice } from './choose.ts'
import { withRemainingTime } from './deadline.ts'
import type { Delivered } from './delivered.ts'
import { Lane } from './lane.ts'

/** What giving a request to a provider needs. */
export interface OpenLaneInit {
  local: InferenceEngine
  remote: RemoteGenerate
  request: GenerateRequest
  options: GenerateOptions
  startedAtMs: number
  delivered: Delivered
  /** The tag of this conversation that is meant for a peer. */
  tagOf: (choice: Choice) => Uint8Array | undefined
}

/** Gives the request to a provider, as far as it is not answered yet. Throws `DeadlineExceededError`. */
export function openLane(choice: Choice, init: OpenLaneInit): Lane {
  const { local, remote, request, options, delivered } = init
  const { conversationTag: _ofOne, ...untagged } = withRemainingTime(request, init.startedAtMs)
  const { acceptIf, model } = choice
  const isInMiddle = !delivered.isEmpty
  const now = delivered.request(untagged, model?.digest)
  const tag = init.tagOf(choice)
  const sent = { ...now, ...(tag && { conversationTag: tag }), ...(acceptIf && { acceptIf }) }
  return new Lane({
    choice,
    signal: options.signal,
    open: signal =>
      choice.isLocal
        ? local.generate(sent, { ...options, signal })
        : remote(choice.address, sent, signal, options.route),
    check: event => {
      if (event.type === 'accepted' && !choice.isLocal) checkModel(event, { wanted: sent.model, isInMiddle, choice })
    }
  })
}

/** In the middle of an answer it must be the very file that was chosen; at its start one that is meant by the name. */
function checkModel(
  { model }: AcceptedEvent,
  { wanted, isInMiddle, choice }: { wanted: string; isInMiddle: boolean; choice: Choice }
): void {
  if (isInMiddle && model.digest !== wanted) {
    throw new ProtocolError('the provider goes on with another model than it advertised')
  }
  if (isAuto(wanted) || model.digest === choice.model?.digest || matchesModel(wanted, model)) return
  throw new ProtocolError('the provider answers with another model than was asked for')
}
