/** What was done so far, as the steps that undo it. */
export class UndoStack {
  private readonly steps: (() => unknown)[] = []

  /** Remembers how to undo the step just done. */
  push(step: () => unknown): void {
    this.steps.push(step)
  }

  /** Undoes everything, last step first. A step that fails does not keep the others; its error is thrown at the end. */
  async run(): Promise<void> {
    const errors: unknown[] = []
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      try {
        await step()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }
}
