import type { DnsQuestion, DnsRecord } from "../message.ts";
import { lowerName } from "../zone-names.ts";

/** What a zone's records say to a question. */
export type FileAnswer = {
  readonly kind: "answer" | "no data" | "no such name" | "delegation";
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
  /** A name outside the zone that the last CNAME leads to. */
  readonly leadsTo?: string;
};

const CNAME_HOPS_MAX = 8;

/** The records of one zone by owner, answered from as RFC 1034 section 4.3.2 has it: delegations, CNAMEs, wildcards. */
export class FileZone {
  readonly #name: string;
  readonly #records: readonly DnsRecord[];
  readonly #byOwner = new Map<string, DnsRecord[]>();
  /** Owners and every name above them: a name with only children exists too. */
  readonly #names = new Set<string>();

  constructor(name: string, records: readonly DnsRecord[]) {
    this.#name = name;
    this.#records = records;
    for (const record of records) {
      const owner = lowerName(record.name);
      this.#byOwner.set(owner, [...(this.#byOwner.get(owner) ?? []), record]);
      for (let at = owner; at !== name && !this.#names.has(at); at = parentOf(at)) this.#names.add(at);
    }
    this.#names.add(name);
  }

  answer(question: DnsQuestion): FileAnswer {
    const chain: DnsRecord[] = [];
    let asked = question.name;
    for (let hop = 0; hop <= CNAME_HOPS_MAX; hop++) {
      const found = this.#find(asked, question.type);
      const [first] = found.answers;
      if (first?.type !== "CNAME" || question.type === "CNAME" || question.type === "ANY")
        return { ...found, answers: [...chain, ...found.answers] };
      chain.push(first);
      asked = first.target;
      if (!this.#has(lowerName(asked))) return { ...found, answers: chain, authorities: [], leadsTo: asked };
    }
    return { kind: "answer", answers: chain, authorities: [], additionals: [] };
  }

  /** Everything, its SOA first and last. */
  transfer(): readonly DnsRecord[] {
    const soa = this.#soa();
    return [...soa, ...this.#records.filter((record) => record.type !== "SOA"), ...soa];
  }

  #find(asked: string, type: string): FileAnswer {
    const name = lowerName(asked);
    const delegation = this.#delegationAbove(name, type);
    if (delegation !== undefined) return delegation;
    const own = this.#byOwner.get(name) ?? this.#wildcard(name)?.map((record) => ({ ...record, name: asked }));
    if (own === undefined) {
      const kind = this.#names.has(name) ? "no data" : "no such name";
      return { kind, answers: [], authorities: this.#soa(), additionals: [] };
    }
    const alias = own.filter((record) => record.type === "CNAME");
    const wanted = type === "ANY" ? own : own.filter((record) => record.type === type);
    const answers = (wanted.length > 0 ? wanted : alias).map((record) => ({ ...record, name: asked }));
    if (answers.length === 0) return { kind: "no data", answers: [], authorities: this.#soa(), additionals: [] };
    return { kind: "answer", answers, authorities: [], additionals: this.#glue(answers) };
  }

  /** Names below NS records of a child zone belong to somebody else. */
  #delegationAbove(name: string, type: string): FileAnswer | undefined {
    for (let at = name; at !== this.#name && at !== "."; at = parentOf(at)) {
      const servers = this.#byOwner.get(at)?.filter((record) => record.type === "NS") ?? [];
      if (servers.length === 0 || (at === name && type === "DS")) continue;
      return { kind: "delegation", answers: [], authorities: servers, additionals: this.#glue(servers) };
    }
    return undefined;
  }

  /** The closest `*` above a name that does not exist itself. */
  #wildcard(name: string): readonly DnsRecord[] | undefined {
    if (this.#names.has(name)) return undefined;
    for (let at = parentOf(name); ; at = parentOf(at)) {
      const found = this.#byOwner.get(`*.${at}`);
      if (found !== undefined) return found;
      if (this.#names.has(at) || at === ".") return undefined;
    }
  }

  /** Addresses of the names that records point to. */
  #glue(records: readonly DnsRecord[]): readonly DnsRecord[] {
    const targets = records.flatMap((record) =>
      record.type === "NS" || record.type === "MX" || record.type === "SRV" ? [lowerName(record.target)] : [],
    );
    return [...new Set(targets)].flatMap(
      (target) => this.#byOwner.get(target)?.filter(({ type }) => type === "A" || type === "AAAA") ?? [],
    );
  }

  #has(name: string): boolean {
    return name === this.#name || name.endsWith(`.${this.#name}`) || this.#name === ".";
  }

  #soa(): readonly DnsRecord[] {
    return (this.#byOwner.get(this.#name) ?? []).filter((record) => record.type === "SOA").slice(0, 1);
  }
}

function parentOf(name: string): string {
  const dot = name.indexOf(".");
  return dot < 0 || dot === name.length - 1 ? "." : name.slice(dot + 1);
}
