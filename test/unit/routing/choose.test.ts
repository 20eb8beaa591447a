import { describe, expect, it } from 'vitest'
import { type ModelInfo, type ModelTask, peerOf, type RouteOptions } from '../../../src/interface/index.ts'
import { type Choice, choose } from '../../../src/routing/choose.ts'
import { Suspects } from '../../../src/routing/index.ts'
import { advertOf, clockedDirectory, ENVELOPE, localModel, modelOf, startOf } from './fixtures.ts'

interface Scene {
  model?: string
  task?: ModelTask
  local?: ModelInfo[]
  /** Peers that serve a real model, those whose model reads images, and those that serve the built-in one. */
  real?: string[]
  seeing?: string[]
  builtIn?: string[]
  suspects?: string[]
  resting?: string[]
  crowded?: string[]
  addresses?: Record<string, string>
  isLastResort?: boolean
  tried?: string[]
  route?: RouteOptions
}

function choiceIn(scene: Scene): Choice | undefined {
  const { directory } = clockedDirectory()
  const suspects = new Suspects()
  const at = (peerId: string) => ({ addresses: [scene.addresses?.[peerId] ?? '/ip4/192.0.2.1/tcp/1'] })
  for (const peerId of scene.real ?? [])
    directory.offer(advertOf(peerId, at(peerId)), { origin: 'direct', envelope: ENVELOPE })
  for (const peerId of scene.seeing ?? []) {
    const models = [modelOf({ features: { ...modelOf().features, images: true } })]
    directory.offer(advertOf(peerId, { models }), { origin: 'direct', envelope: ENVELOPE })
  }
  for (const peerId of scene.builtIn ?? []) {
    const models = [modelOf({ builtIn: true, name: 'p2pai-tiny:1m' })]
    directory.offer(advertOf(peerId, { models }), { origin: 'direct', envelope: ENVELOPE })
  }
  for (const peerId of scene.suspects ?? []) suspects.strike(peerId, startOf(1))
  for (const peerId of scene.resting ?? []) suspects.rest(peerId, startOf(1))
  return choose({
    model: scene.model ?? 'auto',
    ...(scene.task && { task: scene.task }),
    route: scene.route ?? {},
    selfId: 'self',
    localModels: scene.local ?? [],
    directory,
    suspects,
    tried: new Set(scene.tried),
    ...(scene.crowded && { crowded: new Set(scene.crowded) }),
    ...(scene.isLastResort && { isLastResort: true })
  })
}

const tiny = localModel({ builtIn: true, name: 'p2pai-tiny:1m' })
const embedder = localModel({ features: { ...localModel().features, chat: false } })
const failed = localModel({ state: 'failed' })
const ELSEWHERE = { b: '/ip4/198.51.100.1/tcp/1' }
const CROWDED = { crowded: ['192.0.2'] }
const IMAGES: Scene = { task: 'images', local: [localModel()], real: ['a'] }
const ADDRESS = '/ip4/192.0.2.1/tcp/1/p2p/named'

const TABLE: [string, Scene, string | undefined][] = [
  ['nobody', {}, undefined],
  ['this machine before any peer', { local: [localModel()], real: ['a'] }, 'self'],
  ['this machine though the model is cold', { local: [localModel({ state: 'cold' })], real: ['a'] }, 'self'],
  ['a peer when the model here failed', { local: [localModel({ state: 'failed' })], real: ['a'] }, 'a'],
  ['a peer when the model here is in quarantine', { local: [localModel({ state: 'quarantined' })], real: ['a'] }, 'a'],
  ['a peer with a real model before the built-in one here', { local: [tiny], real: ['a'] }, 'a'],
  ['the built-in model here before the one of a stranger', { local: [tiny], builtIn: ['a'] }, 'self'],
  ['the built-in model of a stranger when there is no other', { builtIn: ['a'] }, 'a'],
  ['the built-in model here when it is asked for by name', { model: 'p2pai-tiny', local: [tiny], real: ['a'] }, 'self'],
  ['no model for auto that cannot chat', { local: [embedder] }, undefined],
  ['a model that cannot chat, asked for by name', { model: 'smollm2', local: [embedder] }, 'self'],
  ['a peer when this machine was tried', { local: [localModel()], real: ['a'], tried: ['self'] }, 'a'],
  ['another peer when one was tried', { real: ['a', 'b'], tried: ['a'] }, 'b'],
  ['no peer that failed lately', { real: ['a', 'b'], suspects: ['a'] }, 'b'],
  ['nobody when all failed lately', { real: ['a'], suspects: ['a'] }, undefined],
  ['a peer that failed a little only after all others', { real: ['a', 'b'], resting: ['a'] }, 'b'],
  ['nobody yet when all failed a little', { real: ['a'], resting: ['a'] }, undefined],
  ['a peer that failed a little at last', { real: ['a'], resting: ['a'], isLastResort: true }, 'a'],
  ['no peer that failed badly even at last', { real: ['a'], suspects: ['a'], isLastResort: true }, undefined],
  ['a peer elsewhere before more of one network', { real: ['a', 'b'], addresses: ELSEWHERE, ...CROWDED }, 'b'],
  ['more of one network when there is no other', { real: ['a'], ...CROWDED }, 'a'],
  [
    'even one that failed a little before more of one network',
    { real: ['a', 'b'], resting: ['b'], addresses: ELSEWHERE, ...CROWDED },
    'b'
  ],
  ['a peer that reads images before a model here that does not', { ...IMAGES, seeing: ['b'] }, 'b'],
  ['a peer that reads images, of those that have the name', { ...IMAGES, model: 'smollm2', seeing: ['b'] }, 'b'],
  ['nobody for images when none reads them', { ...IMAGES, isLastResort: true }, undefined],
  ['a failed model here only at last', { local: [failed] }, undefined],
  ['a failed model here at last', { local: [failed], isLastResort: true }, 'self'],
  ['a peer before a failed model here, at last too', { local: [failed], real: ['a'], isLastResort: true }, 'a'],
  ['no failed model here twice', { local: [failed], tried: ['self'], isLastResort: true }, undefined],
  ['a failed model when the prompt must not leave', { local: [failed], route: { local: true } }, 'self'],
  ['nobody for a name that nobody has', { model: 'nope', local: [localModel()], real: ['a'] }, undefined],
  ['this machine when the prompt must not leave', { local: [tiny], real: ['a'], route: { local: true } }, 'self'],
  ['nobody when the prompt must not leave and nothing is here', { real: ['a'], route: { local: true } }, undefined],
  ['the peer that was named, known or not', { local: [localModel()], real: ['a'], route: { peer: 'named' } }, 'named'],
  ['the peer that was named though it failed lately', { suspects: ['a'], route: { peer: 'a' } }, 'a'],
  ['the peer of an address', { route: { peer: ADDRESS } }, 'named'],
  ['nobody else when the named one was tried', { real: ['a'], tried: ['named'], route: { peer: ADDRESS } }, undefined],
  ['this machine when it was named', { local: [localModel()], real: ['a'], route: { peer: 'self' } }, 'self'],
  ['nobody when this machine was named and has no such model', { real: ['a'], route: { peer: 'self' } }, undefined]
]

describe('choose', () => {
  it.each(TABLE)('takes %s', (_, scene, expected) => {
    const choice = choiceIn(scene)
    expect(choice?.peerId).toBe(expected)
    if (choice !== undefined) expect(choice.isLocal).toBe(expected === 'self')
  })

  it('dials a named address as it was named', () => {
    expect(choiceIn({ route: { peer: ADDRESS } })?.address).toBe(ADDRESS)
  })

  it('reads the peer at the end of an address, past a relay', () => {
    expect(peerOf('12D3Koo')).toBe('12D3Koo')
    expect(peerOf('/ip4/192.0.2.1/tcp/1/p2p/relay/p2p-circuit/p2p/target')).toBe('target')
  })
})
