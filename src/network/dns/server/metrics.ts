type Labels = Readonly<Record<string, string>>;
type Family = {
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** Of a histogram's buckets. */
  readonly bounds: readonly number[];
  readonly samples: Map<string, Sample>;
};

/** Buckets of times, in seconds. */
export const DURATION_BOUNDS: readonly number[] = [
  0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192,
];

/** A number that is shown with its labels. */
export type Sample = { value: number };

/** The metrics of a process, kept over reloads of its configuration and written in Prometheus' text format. */
export class Metrics {
  readonly #families = new Map<string, Family>();

  /** The counter of that name and those labels, made at 0 when it is new. */
  counter(name: string, help: string, labels: Labels = {}): Sample {
    return this.#sample(name, help, "counter", labels);
  }

  gauge(name: string, help: string, labels: Labels = {}): Sample {
    return this.#sample(name, help, "gauge", labels);
  }

  /** A histogram of what takes no time: one number, which falls into every bucket. */
  instants(name: string, help: string, of: { readonly labels: Labels; readonly bounds: readonly number[] }): Sample {
    return this.#sample(name, help, "histogram", of.labels, of.bounds);
  }

  /** Every metric in the text format, names sorted. */
  text(): string {
    const lines: string[] = [];
    for (const [name, family] of [...this.#families].sort(([left], [right]) => (left < right ? -1 : 1)))
      lines.push(`# HELP ${name} ${family.help}`, `# TYPE ${name} ${family.type}`, ...linesOf(name, family));
    return `${lines.join("\n")}\n`;
  }

  #sample(name: string, help: string, type: Family["type"], labels: Labels, bounds: readonly number[] = []): Sample {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { help, type, bounds, samples: new Map() };
      this.#families.set(name, family);
    }
    const key = textOfLabels(labels);
    let sample = family.samples.get(key);
    if (sample === undefined) {
      sample = { value: 0 };
      family.samples.set(key, sample);
    }
    return sample;
  }
}

function textOfLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}="${value.replace(/[\\"\n]/g, "\\$&")}"`)
    .join(",");
}

function linesOf(name: string, { type, bounds, samples }: Family): readonly string[] {
  return [...samples].flatMap(([labels, { value }]) => {
    const braced = (more: string): string =>
      labels + more === "" ? "" : `{${[labels, more].filter(Boolean).join(",")}}`;
    if (type !== "histogram") return [`${name}${braced("")} ${value}`];
    const buckets = [...bounds.map(String), "+Inf"].map((bound) => `${name}_bucket${braced(`le="${bound}"`)} ${value}`);
    return [...buckets, `${name}_sum${braced("")} 0`, `${name}_count${braced("")} ${value}`];
  });
}
