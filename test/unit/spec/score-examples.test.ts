import { describe, expect, it } from 'vitest'
import { type ScoreRequest, textMessage } from '../../../src/interface/index.ts'
import { decodeServerFrame, encodeScores } from '../../../src/protocols/embed/frame-codec.ts'
import { decodeRequest, encodeRequest } from '../../../src/protocols/score/request-codec.ts'
import { exampleHex, specPage } from './support.ts'

const { frames, body } = specPage('score.md')
const digest = 'ab'.repeat(32)
const request: ScoreRequest = {
  model: digest,
  messages: [textMessage('user', 'Hello')],
  answer: { text: 'Hi.', tokenIds: [1, 2, 300], digest },
  deadlineMs: 30_000
}

describe('examples of spec/score.md', () => {
  it('has the request', () => {
    expect(frames.get('request')).toBe(exampleHex(encodeRequest(request)))
    expect(decodeRequest(body('request'))).toEqual(request)
  })

  it('has the margins', () => {
    expect(frames.get('margins')).toBe(exampleHex(encodeScores([0, 0.25, 8])))
    expect(decodeServerFrame(body('margins'))).toEqual({ kind: 'scores', scores: [0, 0.25, 8] })
  })
})
