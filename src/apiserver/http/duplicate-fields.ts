/**
 * The paths of fields that valid JSON states more than once in one object, each told once, in order:
 * `spec.containers[0].image`, as `sigs.k8s.io/json` names them.
 */
export function duplicateFields(json: string): readonly string[] {
  const reader = new Reader(json);
  reader.readValue("");
  return [...reader.duplicates];
}

const TEXT = /"(?:[^"\\]|\\.)*"/y;
const SCALAR = /[^\s,:[\]{}"]+/y;
const SPACE = /\s*/y;

class Reader {
  readonly duplicates = new Set<string>();
  readonly #json: string;
  #at = 0;

  constructor(json: string) {
    this.#json = json;
  }

  readValue(path: string): void {
    this.#take(SPACE);
    const first = this.#json.charAt(this.#at);
    if (first === "{") this.#readObject(path);
    else if (first === "[") this.#readArray(path);
    else this.#take(first === '"' ? TEXT : SCALAR);
    this.#take(SPACE);
  }

  #readObject(path: string): void {
    const seen = new Set<string>();
    this.#at++;
    this.#take(SPACE);
    while (this.#json.charAt(this.#at) === '"') {
      const name = JSON.parse(this.#take(TEXT)) as string;
      const field = path === "" ? name : `${path}.${name}`;
      if (seen.has(name)) this.duplicates.add(field);
      seen.add(name);
      this.#take(SPACE);
      this.#at++;
      this.readValue(field);
      if (this.#json.charAt(this.#at) === ",") this.#at++;
      this.#take(SPACE);
    }
    this.#at++;
  }

  #readArray(path: string): void {
    this.#at++;
    this.#take(SPACE);
    for (let index = 0; this.#json.charAt(this.#at) !== "]"; index++) {
      this.readValue(`${path}[${index}]`);
      if (this.#json.charAt(this.#at) === ",") this.#at++;
    }
    this.#at++;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#json)?.[0] ?? "";
    this.#at += taken.length;
    return taken;
  }
}
