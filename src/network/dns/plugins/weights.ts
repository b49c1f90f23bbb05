import { canonicalIp } from "../../ip-address.ts";
import { ConfigError } from "../corefile/config-error.ts";
import type { DnsRecord } from "../message.ts";
import type { ServerSurroundings } from "../server/plugin.ts";
import { goDuration } from "./settings.ts";

/** The weights of addresses, by the name they are asked under. */
type Weights = ReadonlyMap<string, ReadonlyMap<string, number>>;

const WEIGHT_MAX = 255;
const NOT_OPEN = "weight file open error";

/** `loadbalance weighted FILE`: which address comes first, by weights that are read anew every so often. */
export class WeightFile {
  readonly #path: string;
  readonly #reloadMs: number;
  readonly #surroundings: ServerSurroundings;
  #weights: Weights = new Map();
  #text: string | undefined;
  #readMs: number;

  /** Throws a ConfigError when the file says nonsense; one that is not there yet is waited for. */
  constructor(path: string, reloadMs: number, surroundings: ServerSurroundings) {
    this.#path = path;
    this.#reloadMs = reloadMs;
    this.#surroundings = surroundings;
    this.#readMs = surroundings.loop.nowMs();
    const problem = this.#read();
    if (problem === NOT_OPEN && reloadMs !== 0)
      surroundings.log(
        `[WARNING] plugin/loadbalance: Failed to open weight file:${NOT_OPEN}. Will try again in ${goDuration(reloadMs)}`,
      );
    else if (problem !== undefined) throw new ConfigError(problem);
  }

  /** The records with aliases ahead, then what is no address, then the addresses, one of them drawn to be the first. */
  arranged(records: readonly DnsRecord[]): readonly DnsRecord[] {
    const addresses = records.filter(isAddress);
    if (addresses.length === 0) return records;
    this.#refresh();
    const top = this.#drawn(addresses);
    const [first] = addresses;
    if (top > 0) [addresses[0], addresses[top]] = [addresses[top] as DnsRecord, first as DnsRecord];
    const of = (wanted: (type: DnsRecord["type"]) => boolean) => records.filter(({ type }) => wanted(type));
    const rest = of((type) => type !== "CNAME" && type !== "A" && type !== "AAAA" && type !== "MX");
    return [...of((type) => type === "CNAME"), ...rest, ...addresses, ...of((type) => type === "MX")];
  }

  #drawn(addresses: readonly DnsRecord[]): number {
    const weighed = addresses.map((record, index) => ({ index, weight: this.#weightOf(record) }));
    weighed.sort((left, right) => right.weight - left.weight);
    let left = this.#surroundings.random.below(weighed.reduce((sum, { weight }) => sum + weight, 0));
    for (const { index, weight } of weighed) {
      if (left < weight) return index;
      left -= weight;
    }
    return 0;
  }

  /** Names are compared as they are asked, letter case included, as upstream does. */
  #weightOf(record: DnsRecord): number {
    if (record.type !== "A" && record.type !== "AAAA") return 1;
    return this.#weights.get(record.name)?.get(canonicalIp(record.address) ?? record.address) ?? 1;
  }

  #refresh(): void {
    const nowMs = this.#surroundings.loop.nowMs();
    if (this.#reloadMs === 0 || nowMs - this.#readMs < this.#reloadMs) return;
    this.#readMs = nowMs;
    const problem = this.#read();
    if (problem !== undefined) this.#surroundings.log(`[ERROR] plugin/loadbalance: ${problem}`);
  }

  #read(): string | undefined {
    const text = this.#surroundings.readFile(this.#path);
    if (text === undefined) return NOT_OPEN;
    if (text === this.#text) return undefined;
    this.#text = text;
    const weights = parseWeights(text, this.#path);
    if (typeof weights === "string") return weights;
    this.#weights = weights;
    this.#surroundings.log(`[INFO] plugin/loadbalance: Successfully reloaded weight file ${this.#path}`);
    return undefined;
  }
}

function isAddress({ type }: DnsRecord): boolean {
  return type === "A" || type === "AAAA";
}

/** Names on lines of their own, each with lines `ADDRESS WEIGHT` below; a text says what is wrong. */
function parseWeights(text: string, path: string): Weights | string {
  const all = new Map<string, Map<string, number>>();
  let own: Map<string, number> | undefined;
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const [word = "", value, ...more] = line.split(/\s+/);
    if (more.length > 0) return `could not parse weight line:"${line}" in weight file ${path}`;
    const address = canonicalIp(word);
    if (value === undefined) {
      if (address !== undefined)
        return `wrong domain name:"${word}" in weight file ${path}. (Maybe a missing weight value?)`;
      const name = word.endsWith(".") ? word : `${word}.`;
      own = all.get(name) ?? new Map();
      all.set(name, own);
      continue;
    }
    if (address === undefined) return `wrong IP address:"${word}" in weight file ${path}`;
    const weight = Number(value);
    if (!/^\d+$/.test(value) || weight < 1 || weight > WEIGHT_MAX)
      return `wrong weight value:"${value}" in weight file ${path}`;
    if (own === undefined) return `missing domain name in weight file ${path}`;
    if (!own.has(address)) own.set(address, weight);
  }
  return all;
}
