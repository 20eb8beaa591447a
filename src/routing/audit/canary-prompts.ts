/**
 * Prompts like those of people, so that a provider cannot tell a check from a question: forms with parts that are
 * drawn. No list of fixed texts, which would soon be known.
 */
const TOPICS = [
  'sourdough bread',
  'the French Revolution',
  'houseplants',
  'binary search',
  'marathon training',
  'black holes',
  'a job interview',
  'the water cycle',
  'jazz',
  'compost',
  'electric cars',
  'chess openings',
  'photosynthesis',
  'a rental contract',
  'the Roman Empire',
  'bicycle brakes',
  'knitting',
  'inflation',
  'vaccines',
  'public speaking',
  'coffee',
  'the stock market',
  'home insulation',
  'volcanoes',
  'regular expressions',
  'sleep',
  'the moon landing',
  'a birthday party',
  'solar panels',
  'learning Spanish'
] as const
const QUESTIONS = [
  'Explain TOPIC',
  'What should I know about TOPIC?',
  'Write a short text about TOPIC',
  'Give me NUMBER facts about TOPIC',
  'How would you describe TOPIC to a child?',
  'Tell me something surprising about TOPIC',
  'Why do people care about TOPIC?',
  'Make a list of NUMBER points on TOPIC',
  'What are common mistakes with TOPIC?',
  'Write an email to NAME about TOPIC',
  'I have to give a talk on TOPIC, where do I begin?',
  'Compare TOPIC and OTHER'
] as const
const WISHES = [
  '',
  '',
  '',
  'Keep it brief.',
  'Use simple words.',
  'No more than NUMBER sentences please.',
  'I am new to this.',
  'thanks',
  'It is for NAME.',
  'Give an example.',
  'Be precise.'
] as const
const REMARKS = [
  'NAME told me about TOPIC last week.',
  'I read NUMBER articles on TOPIC and am still not sure.',
  'We talked about TOPIC and OTHER at dinner.',
  'My neighbour has spent NUMBER years with TOPIC.',
  'Most of what I know about OTHER comes from school.',
  'NAME thinks that OTHER matters more than TOPIC.',
  'There are about NUMBER people in our group.',
  'I tried to look it up, but the page was too long.'
] as const
const NAMES = ['Anna', 'my boss', 'Yusuf', 'our teacher', 'Mei', 'my sister', 'Carlos', 'a friend'] as const
/** Longer questions are not made: nobody has that much to say in these forms. */
const LONGEST = 2_000
/** Questions drawn for a short one, of which the nearest is taken. */
const DRAWS = 6

/** A prompt to check a provider with, about as long as the questions are that this node asks, in characters. */
export function canaryPrompt(random: () => number, length: number): string {
  const wanted = Math.min(LONGEST, length)
  const pick = <T>(list: readonly T[]): T => list[Math.min(list.length - 1, Math.floor(random() * list.length))]!
  const topic = pick(TOPICS)
  const fill = (form: string) =>
    form.replaceAll('TOPIC', topic).replace(/OTHER|NAME|NUMBER/g, part => {
      if (part === 'OTHER') return pick(TOPICS)
      return part === 'NAME' ? pick(NAMES) : String(2 + Math.floor(random() * 9))
    })
  const question = () => [fill(pick(QUESTIONS)), fill(pick(WISHES))].filter(part => part !== '').join(' ')
  const farFrom = (text: string) => Math.abs(text.length - wanted)
  let text = Array.from({ length: DRAWS }, question).reduce((best, other) =>
    farFrom(other) < farFrom(best) ? other : best
  )
  for (;;) {
    const longer = `${fill(pick(REMARKS))} ${text}`
    if (farFrom(longer) >= farFrom(text)) return text
    text = longer
  }
}
