/** What one auditor's margins say of an answer. */
export type Verdict = 'passed' | 'failed' | 'unclear'

/** Beyond this a margin says no more: one token that is out of the question must not decide alone. */
const MOST_MARGIN = 4
/** Fewer tokens say nothing. */
const LEAST_TOKENS = 8
/**
 * Mean margins up to this are honest, and
 *
 * Where both come from: SmolLM2 135M Q4_1 on a CPU, answered in batches of four with one thread and scored with two,
 * gave 0.000 over 997 tokens, all 16 answers equal; the same model drawn at temperature 1 gave 0.38 to 1.43 for an
 * answer, the built-in model 0.57 to 2.67, a canned text 1.35 to 1.84. Other backends could not be measured: a test
 * adds noise with a standard deviation of 0.3 to every logit of a model that is often undecided, and in 1,000 audits
 * none comes near the second bound. Between the bounds nobody is accused.
 */
const HONEST_MEAN = 0.15
/** from this on they are not of this model at temperature 0. */
const LIE_MEAN = 0.4

/** Judges an answer by its margins, in the manner of Token-DiFR: the mean of the bounded margins. Pure. */
export function verdictOf(margins: ArrayLike<number>): Verdict {
  if (margins.length < LEAST_TOKENS) return 'unclear'
  const mean = meanMargin(margins)
  if (mean <= HONEST_MEAN) return 'passed'
  return mean >= LIE_MEAN ? 'failed' : 'unclear'
}

/** The mean, with each margin bounded. */
export function meanMargin(margins: ArrayLike<number>): number {
  return Array.from(margins).reduce((sum, margin) => sum + Math.min(MOST_MARGIN, margin), 0) / margins.length
}
