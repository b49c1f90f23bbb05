type Labels = Readonly<Record<string, string>>;
type Family = {
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: Map<string, Sample>;
};

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

  /** A counter's line of a histogram, `…_bucket` with its bound, `…_sum` or `…_count`. */
  histogram(name: string, help: string, labels: Labels, suffix: string): Sample {
    return this.#sample(name, help, "histogram", labels, suffix);
  }

  /** Every metric in the text format, names sorted. */
  text(): string {
    const lines: string[] = [];
    for (const [name, { help, type, samples }] of [...this.#families].sort(([left], [right]) =>
      left < right ? -1 : 1,
    )) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
      for (const [key, { value }] of samples) lines.push(`${key} ${value}`);
    }
    return `${lines.join("\n")}\n`;
  }

  #sample(name: string, help: string, type: Family["type"], labels: Labels, suffix = ""): Sample {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { help, type, samples: new Map() };
      this.#families.set(name, family);
    }
    const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value.replace(/[\\"\n]/g, "\\$&")}"`);
    const key = `${name}${suffix}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`}`;
    let sample = family.samples.get(key);
    if (sample === undefined) {
      sample = { value: 0 };
      family.samples.set(key, sample);
    }
    return sample;
  }
}
