/** Finds the end of one JSON object or array in text that comes in parts. */
export class JsonEnd {
  #depth = 0
  #isInString = false
  #isEscaped = false
  isOver = false

  /** How much of this part belongs to the value. */
  push(text: string): number {
    let at = 0
    while (at < text.length && !this.isOver) this.#read(text[at++]!)
    return at
  }

  #read(character: string): void {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (character === '\\') this.#isEscaped = true
      else if (character === '"') this.#isInString = false
    } else if (character === '"') this.#isInString = true
    else if (character === '{' || character === '[') this.#depth++
    else if (character === '}' || character === ']') this.isOver = --this.#depth === 0
  }
}
