type Labels = Readonly<Record<string, string>>;
type Family = {
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** Of a histogram's buckets. */
  readonly bounds: readonly number[];
  readonly samples: Map<string, Sample>;
  readonly histograms: Map<string, Histogram>;
};

/** Buckets of times, in seconds. */
export const DURATION_BOUNDS: readonly number[] = [
  0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192,
];

/** Buckets of times that need not be told apart so well, in seconds. */
export const SLIM_BOUNDS: readonly number[] = [0.00025, 0.0025, 0.025, 0.25, 2.5];

/** Buckets of packets, in bytes. */
export const SIZE_BOUNDS: readonly number[] = [
  0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16_000, 32_000, 48_000, 64_000,
];

/** How often what was seen fell between two bounds. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number, times: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + times;
    this.#sum += value * times;
  }

  /** Its lines: so many up to each bound, all of them, and their sum. */
  lines(name: string, braced: (more: string) => string): readonly string[] {
    let count = 0;
    const buckets = [...this.#bounds.map(String), "+Inf"].map((bound, index) => {
      count += this.#counts[index] as number;
      return `${name}_bucket${braced(`le="${bound}"`)} ${count}`;
    });
    return [...buckets, `${name}_sum${braced("")} ${this.#sum}`, `${name}_count${braced("")} ${count}`];
  }
}

/** A number that is shown with its labels. */
export type Sample = { value: number };

/** The metrics of a process, kept over reloads of its configuration and written in Prometheus' text format. */
export class Metrics {
  readonly #families = new Map<string, Family>();
  /** Counts that are spread over the metrics they stand for when somebody reads. */
  readonly #tallies = new Map<string, Sample>();
  readonly #updates = new Map<string, () => void>();

  /** What brings metrics up to date before somebody reads them; another of the same key takes its place. */
  beforeReading(key: string, update: () => void): void {
    this.#updates.set(key, update);
  }

  /**
   * One number that stands for several metrics that always grow together, for those who count often; `spread` adds to them what
   * has come together since the last reading.
   */
  tally(key: string, spread: (times: number) => void): Sample {
    const known = this.#tallies.get(key);
    if (known !== undefined) return known;
    const count: Sample = { value: 0 };
    this.#tallies.set(key, count);
    this.beforeReading(`tally ${key}`, () => {
      if (count.value > 0) spread(count.value);
      count.value = 0;
    });
    return count;
  }

  /** The counter of that name and those labels, made at 0 when it is new. */
  counter(name: string, help: string, labels: Labels = {}): Sample {
    return this.#sample(name, help, "counter", labels);
  }

  gauge(name: string, help: string, labels: Labels = {}): Sample {
    return this.#sample(name, help, "gauge", labels);
  }

  /** Shows nothing of that name any more, until it is set again. */
  forget(name: string): void {
    this.#families.delete(name);
  }

  /** A histogram of what takes no time: one number, which falls into every bucket. */
  instants(name: string, help: string, of: { readonly labels: Labels; readonly bounds: readonly number[] }): Sample {
    return this.#sample(name, help, "histogram", of.labels, of.bounds);
  }

  histogram(
    name: string,
    help: string,
    of: { readonly labels: Labels; readonly bounds: readonly number[] },
  ): Histogram {
    const { histograms } = this.#family(name, help, "histogram", of.bounds);
    const key = textOfLabels(of.labels);
    const known = histograms.get(key);
    if (known !== undefined) return known;
    const made = new Histogram(of.bounds);
    histograms.set(key, made);
    return made;
  }

  /** Every metric in the text format, names sorted. */
  text(): string {
    for (const update of this.#updates.values()) update();
    const lines: string[] = [];
    for (const [name, family] of [...this.#families].sort(([left], [right]) => (left < right ? -1 : 1)))
      lines.push(`# HELP ${name} ${family.help}`, `# TYPE ${name} ${family.type}`, ...linesOf(name, family));
    return `${lines.join("\n")}\n`;
  }

  #sample(name: string, help: string, type: Family["type"], labels: Labels, bounds: readonly number[] = []): Sample {
    const family = this.#family(name, help, type, bounds);
    const key = textOfLabels(labels);
    let sample = family.samples.get(key);
    if (sample === undefined) {
      sample = { value: 0 };
      family.samples.set(key, sample);
    }
    return sample;
  }

  #family(name: string, help: string, type: Family["type"], bounds: readonly number[]): Family {
    const known = this.#families.get(name);
    if (known !== undefined) return known;
    const made: Family = { help, type, bounds, samples: new Map(), histograms: new Map() };
    this.#families.set(name, made);
    return made;
  }
}

function textOfLabels(labels: Labels): string {
  return Object.entries(labels)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([label, value]) => `${label}="${value.replace(/[\\"\n]/g, "\\$&")}"`)
    .join(",");
}

function byLabels<T>(samples: ReadonlyMap<string, T>): readonly (readonly [labels: string, T])[] {
  return [...samples].sort(([left], [right]) => (left < right ? -1 : 1));
}

function linesOf(name: string, { type, bounds, samples, histograms }: Family): readonly string[] {
  const bracedIn =
    (labels: string) =>
    (more: string): string =>
      labels + more === "" ? "" : `{${[labels, more].filter(Boolean).join(",")}}`;
  const measured = byLabels(histograms).flatMap(([labels, histogram]) => histogram.lines(name, bracedIn(labels)));
  const counted = byLabels(samples).flatMap(([labels, { value }]) => {
    const braced = bracedIn(labels);
    if (type !== "histogram") return [`${name}${braced("")} ${value}`];
    const buckets = [...bounds.map(String), "+Inf"].map((bound) => `${name}_bucket${braced(`le="${bound}"`)} ${value}`);
    return [...buckets, `${name}_sum${braced("")} 0`, `${name}_count${braced("")} ${value}`];
  });
  return [...counted, ...measured];
}
