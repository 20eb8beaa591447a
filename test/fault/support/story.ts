/** What every scripted provider answers to a question: a story of 20 to 120 words that the question alone decides. */
export function storyFor(question: string): string {
  let state = [...question].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7)
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const words = ['river', 'stone', 'seven', 'otters', 'slowly', 'bright', 'under', 'morning', 'valley', 'quiet']
  return Array.from({ length: 20 + next(100) }, (_, place) => `${words[next(words.length)]}${place}`).join(' ')
}
