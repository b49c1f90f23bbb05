import { createHash } from "node:crypto";
import type { Timer } from "../../sim/index.ts";
import { compareText, isRecord } from "../../std/index.ts";
import type { ServerCore } from "../core.ts";
import { headerOf } from "../http/exchange.ts";
import type { Fields } from "../openapi/components.ts";
import { convertedToV3 } from "../openapi/convert-v2.ts";
import { partOfV2 } from "../openapi/parts-v2.ts";
import { foreignServer } from "./availability.ts";
import type { ForeignApi } from "./foreign-apis.ts";
import type { ForeignCaller, ForeignServer } from "./foreign-caller.ts";
import { askForeign, type ForeignAnswer } from "./foreign-question.ts";

/** What another server says of its API in OpenAPI, as far as it could be had. */
export type ForeignSpec = {
  /** Its v3 documents: where each is, by what it is of (`apis/example.com/v1`). */
  readonly places: ReadonlyMap<string, string>;
  /** What its v2 document says of the group version. */
  readonly document?: Fields;
  /** Changes with the v2 document. */
  readonly tag: string;
  /** That document as v3, of a server that has none. */
  readonly converted?: { readonly key: string; readonly body: string; readonly hash: string };
};

type Entry = {
  spec: ForeignSpec;
  /** There is no `/openapi/v3`; it is not looked for again. */
  isLegacy: boolean;
  etag: string | undefined;
  isAsking: boolean;
  wasAsked: boolean;
  failures: number;
  timer: Timer | undefined;
};

const AGGREGATOR = { name: "system:aggregator", groups: [] } as const;
const TIMEOUT_MS = 60_000;
const RESYNC_MS = 60_000;
const RETRY_MS_MAX = 3_600_000;
const EMPTY: ForeignSpec = { places: new Map(), tag: "" };

/**
 * OpenAPI of the servers of APIServices (`kube-aggregator/pkg/controllers/openapi` and `openapiv3`): asked for once a server is there,
 * and every minute. What was told last stays while a server is away, and goes with its APIService.
 */
export class ForeignSpecs {
  readonly #core: () => ServerCore;
  readonly #caller: ForeignCaller | undefined;
  readonly #apiOf: (name: string) => ForeignApi | undefined;
  readonly #entries = new Map<string, Entry>();
  #edition = 0;

  /** `apiOf` finds what is registered under a name. */
  constructor(options: {
    readonly core: () => ServerCore;
    readonly caller: ForeignCaller | undefined;
    readonly apiOf: (name: string) => ForeignApi | undefined;
  }) {
    this.#core = options.core;
    this.#caller = options.caller;
    this.#apiOf = options.apiOf;
  }

  /** Changes with what {@link all} tells. */
  get edition(): number {
    return this.#edition;
  }

  /** In the order they are merged: higher priority of the group first. */
  all(): readonly ForeignSpec[] {
    const found = [...this.#entries].map(([name, { spec }]) => ({ name, spec, api: this.#apiOf(name) }));
    const priorities = new Map<string, number>();
    for (const { api } of found)
      if (api !== undefined)
        priorities.set(api.group, Math.max(priorities.get(api.group) ?? 0, api.registration.spec.groupPriorityMinimum));
    const rank = (api: ForeignApi | undefined): number => priorities.get(api?.group ?? "") ?? 0;
    return found
      .sort((one, other) => rank(other.api) - rank(one.api) || compareText(one.name, other.name))
      .map(({ spec }) => spec);
  }

  /** Who has the v3 document of `apis/example.com/v1`. */
  ownerOf(key: string): ForeignApi | undefined {
    for (const [name, { spec }] of this.#entries) if (spec.places.has(key)) return this.#apiOf(name);
    return undefined;
  }

  /** An APIService was written: its server is asked, unless that went well before. */
  registered(name: string): void {
    const entry = this.#entries.get(name) ?? this.#added(name);
    const isKnown = entry.wasAsked && entry.failures === 0;
    if (isKnown || entry.isAsking || this.#apiOf(name)?.isAvailable !== true) return;
    entry.failures = 0;
    this.#askSoon(name, entry);
  }

  forget(name: string): void {
    this.#entries.get(name)?.timer?.cancel();
    if (this.#entries.delete(name)) this.#edition++;
  }

  #added(name: string): Entry {
    const asked = { isLegacy: false, etag: undefined, isAsking: false, wasAsked: false, failures: 0, timer: undefined };
    const entry: Entry = { spec: EMPTY, ...asked };
    this.#entries.set(name, entry);
    return entry;
  }

  #askSoon(name: string, entry: Entry): void {
    entry.timer?.cancel();
    entry.isAsking = true;
    this.#core().loop.soon(`OpenAPI of ${name}`, () => this.#ask(name, entry));
  }

  #ask(name: string, entry: Entry): void {
    const api = this.#apiOf(name);
    if (api === undefined || this.#entries.get(name) !== entry) return;
    const server = api.isAvailable ? foreignServer(this.#core(), api.registration) : undefined;
    if (typeof server !== "object") this.#asked(name, entry, false);
    else
      this.#askV3(entry, server, (isV3) =>
        this.#askV2(entry, { api, server }, (isV2) => this.#asked(name, entry, isV3 && isV2)),
      );
  }

  #askV3(entry: Entry, server: ForeignServer, onDone: (isGood: boolean) => void): void {
    if (entry.isLegacy) {
      onDone(true);
      return;
    }
    this.#question(server, "/openapi/v3", {}, (answer) => {
      const places = answer?.code === 200 ? placesIn(answer.body) : undefined;
      if (places !== undefined && !isSame(places, entry.spec.places)) this.#tell(entry, { ...entry.spec, places });
      entry.isLegacy = answer?.code === 404;
      // What was said in v2 before is yet to be converted.
      if (entry.isLegacy) entry.etag = undefined;
      onDone(places !== undefined || entry.isLegacy);
    });
  }

  #askV2(
    entry: Entry,
    { api, server }: { readonly api: ForeignApi; readonly server: ForeignServer },
    onDone: (isGood: boolean) => void,
  ): void {
    const headers = entry.etag === undefined ? {} : { "if-none-match": entry.etag };
    this.#question(server, "/openapi/v2", headers, (answer) => {
      const read = answer?.code === 200 ? readRecord(answer.body) : undefined;
      if (answer !== undefined && read !== undefined) this.#toldV2(entry, api, answer, read);
      onDone(read !== undefined || (answer?.code === 304 && entry.etag !== undefined));
    });
  }

  #toldV2(entry: Entry, { group, version }: ForeignApi, { headers, body }: ForeignAnswer, read: Fields): void {
    entry.etag = headerOf(headers, "etag");
    const tag = entry.etag ?? sha512(body);
    if (tag === entry.spec.tag && (entry.spec.converted !== undefined || !entry.isLegacy)) return;
    const document = partOfV2(read, (path) => path.startsWith(`/apis/${group}/${version}/`));
    const text = entry.isLegacy ? JSON.stringify(convertedToV3(read)) : "";
    const converted = { key: `apis/${group}/${version}`, body: text, hash: sha512(text) };
    this.#tell(entry, { ...entry.spec, document, tag, ...(entry.isLegacy ? { converted } : {}) });
  }

  /** `undefined` stands for no answer. */
  #question(
    server: ForeignServer,
    path: string,
    headers: Readonly<Record<string, string>>,
    onAnswer: (answer: ForeignAnswer | undefined) => void,
  ): void {
    const question = { path, user: AGGREGATOR, headers, timeoutMs: TIMEOUT_MS };
    if (this.#caller === undefined) onAnswer(undefined);
    else askForeign(this.#caller, server, question, onAnswer, () => onAnswer(undefined));
  }

  #tell(entry: Entry, spec: ForeignSpec): void {
    entry.spec = spec;
    this.#edition++;
  }

  #asked(name: string, entry: Entry, isGood: boolean): void {
    entry.isAsking = false;
    entry.wasAsked = true;
    entry.failures = isGood ? 0 : entry.failures + 1;
    if (this.#entries.get(name) !== entry) return;
    const delayMs = isGood ? RESYNC_MS : Math.min(RESYNC_MS * 2 ** (entry.failures - 1), RETRY_MS_MAX);
    const again = (): void => this.#askSoon(name, entry);
    entry.timer = this.#core().loop.after(delayMs, `OpenAPI of ${name}`, again, { background: true });
  }
}

function readRecord(body: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Reads an index of v3 documents; what it names besides groups this server has itself. */
function placesIn(body: string): ReadonlyMap<string, string> | undefined {
  const index = readRecord(body);
  if (index === undefined) return undefined;
  const places = new Map<string, string>();
  for (const [key, place] of Object.entries(isRecord(index.paths) ? index.paths : {}))
    if (key.startsWith("apis/") && isRecord(place)) places.set(key, String(place.serverRelativeURL));
  return places;
}

function isSame(one: ForeignSpec["places"], other: ForeignSpec["places"]): boolean {
  return one.size === other.size && one.entries().every(([key, place]) => other.get(key) === place);
}

function sha512(text: string): string {
  return createHash("sha512").update(text).digest("hex").toUpperCase();
}
