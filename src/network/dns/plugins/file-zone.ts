import { serviceTarget } from "../laid-out-data.ts";
import { type DnsQuestion, type DnsRecord, RCODE } from "../message.ts";
import { isInZone, lowerName } from "../zone-names.ts";

/** What a zone's records say to a question. */
export type FileAnswer = {
  readonly kind: "success" | "no data" | "no such name" | "delegation" | "failure";
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
};

/** Asks the whole server for a name an alias leads to. */
export type AliasLookUp = (name: string) => { readonly rcode: number; readonly answers: readonly DnsRecord[] };

const ALIASES_MAX = 8;

/**
 * The records of one zone by owner, answered from as CoreDNS' `file` does (`plugin/file/lookup.go`): delegations, aliases,
 * wildcards, names that exist because others stand below them. Owners are in lower case, as it keeps them.
 */
export class FileZone {
  readonly #name: string;
  readonly #records: readonly DnsRecord[];
  readonly #byOwner = new Map<string, DnsRecord[]>();
  /** Every name above an owner, up to the zone's own. */
  readonly #above = new Set<string>();

  constructor(name: string, records: readonly DnsRecord[]) {
    this.#name = name;
    this.#records = records.map((record) => ({ ...record, name: lowerName(record.name) }));
    for (const record of this.#records) {
      const known = this.#byOwner.get(record.name);
      if (known === undefined) this.#byOwner.set(record.name, [record]);
      else known.push(record);
      for (let at = record.name; at !== name && at !== "."; ) {
        at = parentOf(at);
        if (this.#above.has(at)) break;
        this.#above.add(at);
      }
    }
  }

  answer(question: DnsQuestion, lookUp: AliasLookUp): FileAnswer {
    const name = lowerName(question.name);
    const { type } = question;
    if (name === this.#name && type === "SOA") return success(this.#soa(), this.#ns(), []);
    if (name === this.#name && type === "NS") return success(this.#ns(), [], this.#glue(this.#ns()));
    const delegation = this.#delegation(name, type);
    if (delegation !== undefined) return delegation;
    const own = this.#byOwner.get(name) ?? this.#fromWildcard(name);
    if (own === undefined) {
      const kind = this.#above.has(name) ? "success" : "no such name";
      return { kind, answers: [], authorities: this.#soa(), additionals: [] };
    }
    const alias = own.filter((record) => record.type === "CNAME");
    if (alias.length > 0 && type !== "CNAME") return this.#follow(alias, type, lookUp);
    const answers = own.filter((record) => record.type === type);
    if (answers.length === 0) return { kind: "no data", answers, authorities: this.#soa(), additionals: [] };
    return success(answers, this.#ns(), this.#additional(answers));
  }

  get serial(): number | undefined {
    const [soa] = this.#soa();
    return soa?.type === "SOA" ? soa.serial : undefined;
  }

  /** Everything, its SOA first and last. */
  transfer(): readonly DnsRecord[] {
    const soa = this.#soa();
    return [...soa, ...this.#ns(), ...this.#records.filter((record) => !this.#isApex(record)), ...soa];
  }

  #isApex({ name, type }: DnsRecord): boolean {
    return name === this.#name && (type === "SOA" || type === "NS");
  }

  /** An alias is followed inside the zone record by record, and outside of it by asking the server anew. */
  #follow(alias: readonly DnsRecord[], type: string, lookUp: AliasLookUp): FileAnswer {
    const answers = [...alias];
    let [last] = alias;
    for (let hop = 0; last?.type === "CNAME"; hop++) {
      const target = lowerName(last.target);
      const delegation = isInZone(target, this.#name) ? this.#delegation(target, type) : undefined;
      if (delegation !== undefined) return { ...delegation, answers };
      const own = this.#byOwner.get(target);
      if (own === undefined || type === "NS" || (type === "SOA" && target === this.#name)) {
        const found = lookUp(last.target);
        const all = [...answers, ...found.answers];
        const kind = kindOf(found);
        const authorities = kind === "no such name" || kind === "no data" ? this.#soa() : this.#ns();
        return { kind, answers: all, authorities, additionals: this.#additional(all) };
      }
      const next = own.filter((record) => record.type === "CNAME");
      if (next.length === 0) {
        answers.push(...own.filter((record) => record.type === type));
        break;
      }
      answers.push(...next);
      if (hop >= ALIASES_MAX) break;
      [last] = next;
    }
    return success(answers, this.#ns(), this.#additional(answers));
  }

  /** Names at and below NS records of a child zone belong to somebody else. */
  #delegation(name: string, type: string): FileAnswer | undefined {
    const names: string[] = [];
    for (let at = name; at !== this.#name && at !== "."; at = parentOf(at)) names.push(at);
    for (const at of names.reverse()) {
      const servers = this.#byOwner.get(at)?.filter((record) => record.type === "NS") ?? [];
      if (servers.length === 0 || (at === name && type === "DS")) continue;
      return { kind: "delegation", answers: [], authorities: servers, additionals: this.#glue(servers) };
    }
    return undefined;
  }

  /** What the closest `*` above has for a name that does not exist; nothing where a name in between exists. */
  #fromWildcard(name: string): readonly DnsRecord[] | undefined {
    for (let at = name; at !== this.#name && at !== "."; ) {
      if (this.#byOwner.has(at) || this.#above.has(at)) return undefined;
      at = parentOf(at);
      const wild = this.#byOwner.get(`*.${at}`);
      if (wild !== undefined) return wild.map((record) => ({ ...record, name }));
      if (this.#above.has(`*.${at}`)) return [];
    }
    return undefined;
  }

  /** Addresses of the name servers of a child zone. */
  #glue(servers: readonly DnsRecord[]): readonly DnsRecord[] {
    return servers.flatMap((record) => (record.type === "NS" ? this.#addresses(record.target) : []));
  }

  /** Addresses of the names that records point to. */
  #additional(answers: readonly DnsRecord[]): readonly DnsRecord[] {
    return [...new Set(answers.flatMap(targetsOf))].flatMap((target) => this.#addresses(target));
  }

  #addresses(name: string): readonly DnsRecord[] {
    return this.#byOwner.get(lowerName(name))?.filter(({ type }) => type === "A" || type === "AAAA") ?? [];
  }

  #soa(): readonly DnsRecord[] {
    return this.#ofApex("SOA").slice(0, 1);
  }

  #ns(): readonly DnsRecord[] {
    return this.#ofApex("NS");
  }

  #ofApex(type: string): readonly DnsRecord[] {
    return this.#byOwner.get(this.#name)?.filter((record) => record.type === type) ?? [];
  }
}

function success(
  answers: readonly DnsRecord[],
  authorities: readonly DnsRecord[],
  additionals: readonly DnsRecord[],
): FileAnswer {
  return { kind: "success", answers, authorities, additionals };
}

function kindOf({ rcode, answers }: ReturnType<AliasLookUp>): FileAnswer["kind"] {
  if (rcode === RCODE.NXDOMAIN) return "no such name";
  if (rcode === RCODE.SERVFAIL) return "failure";
  return rcode === RCODE.NOERROR && answers.length === 0 ? "no data" : "success";
}

/** The name in lower case whose addresses a client will ask for next. */
function targetsOf(record: DnsRecord): readonly string[] {
  switch (record.type) {
    case "MX":
    case "SRV":
      return [lowerName(record.target)];
    case "SVCB":
    case "HTTPS":
      return [lowerName(serviceTarget(record.data))];
    default:
      return [];
  }
}

function parentOf(name: string): string {
  const dot = name.indexOf(".");
  return dot < 0 || dot === name.length - 1 ? "." : name.slice(dot + 1);
}
