/** Names of a sample's labels and their values. */
export type Labels = Record<string, string>

/** Counts that only grow, one for each combination of labels. */
export class Counter {
  readonly #name: string
  readonly #help: string
  readonly #values = new Map<string, number>()

  constructor(name: string, help: string) {
    this.#name = name
    this.#help = help
  }

  add(labels: Labels, amount = 1): void {
    const key = labelText(labels)
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount)
  }

  /** Lines in Prometheus's text format. */
  lines(): string[] {
    return [
      ...heading(this.#name, this.#help, 'counter'),
      ...[...this.#values].map(([key, value]) => `${this.#name}${key} ${value}`)
    ]
  }
}

/** How often values fell below each bound. */
export class Histogram {
  readonly #name: string
  readonly #help: string
  readonly #bounds: readonly number[]
  readonly #series = new Map<string, { labels: Labels; counts: number[]; sum: number; count: number }>()

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name
    this.#help = help
    this.#bounds = bounds
  }

  observe(labels: Labels, value: number): void {
    const key = labelText(labels)
    const series = this.#series.get(key) ?? { labels, counts: this.#bounds.map(() => 0), sum: 0, count: 0 }
    this.#series.set(key, series)
    this.#bounds.forEach((bound, index) => {
      if (value <= bound) series.counts[index]!++
    })
    series.sum += value
    series.count++
  }

  /** Lines in Prometheus's text format. */
  lines(): string[] {
    const name = this.#name
    const samples = [...this.#series.values()].flatMap(({ labels, counts, sum, count }) => [
      ...this.#bounds.map(
        (bound, index) => `${name}_bucket${labelText({ ...labels, le: String(bound) })} ${counts[index]}`
      ),
      `${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${count}`,
      `${name}_sum${labelText(labels)} ${sum}`,
      `${name}_count${labelText(labels)} ${count}`
    ])
    return [...heading(name, this.#help, 'histogram'), ...samples]
  }
}

/** Values as they are now. */
export function gaugeLines(name: string, help: string, samples: { labels?: Labels; value: number }[]): string[] {
  return [
    ...heading(name, help, 'gauge'),
    ...samples.map(({ labels = {}, value }) => `${name}${labelText(labels)} ${value}`)
  ]
}

function heading(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, '_')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
