import type { TokenLogprob } from '../../interface/index.ts'

/** Log probabilities as chat completions and responses carry them. */
export function chatLogprobs(tokens: readonly TokenLogprob[]) {
  return tokens.map(({ token, logprob, top }) => ({
    ...withBytes(token, logprob),
    top_logprobs: top.map(rival => withBytes(rival.token, rival.logprob))
  }))
}

function withBytes(token: string, logprob: number) {
  return { token, logprob, bytes: [...Buffer.from(token)] }
}
