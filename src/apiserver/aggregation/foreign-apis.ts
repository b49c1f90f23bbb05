import { APIService, type Condition, EndpointSlice, Service } from "../../api/index.ts";
import { findCondition, isConditionTrue, kindKey, setCondition, type Unstructured } from "../../apimachinery/index.ts";
import type { Timer } from "../../sim/index.ts";
import type { Call, ServerCore } from "../core.ts";
import type { User } from "../request.ts";
import type { Resource } from "../resource.ts";
import { commitUpdate } from "../write.ts";
import { checkForeign, type Finding } from "./availability.ts";
import type { ForeignCaller } from "./foreign-caller.ts";
import { type ForeignResources, NO_RESOURCES } from "./foreign-discovery.ts";
import { ForeignSpecs } from "./foreign-specs.ts";

/** A group version another server answers for. */
export type ForeignApi = {
  readonly group: string;
  readonly version: string;
  readonly registration: APIService;
  readonly isAvailable: boolean;
  /** What the server said it serves when it was last asked. */
  readonly resources: ForeignResources;
};

type Entry = { api: ForeignApi; isChecking: boolean; failures: number; timer: Timer | undefined };

const CONTROLLER: User = { name: "system:apiserver", groups: ["system:masters"] };
const RESYNC_MS = 30_000;
const RETRY_MS_MIN = 1000;
const LOCAL = { reason: "Local", message: "Local APIServices are always available" } as const;
const SERVICE_NAME = "kubernetes.io/service-name";

/**
 * The APIServices that name somebody else's server (`kube-aggregator`): whether each can be reached, which its condition `Available`
 * says, and what it serves.
 */
export class ForeignApis {
  readonly caller: ForeignCaller | undefined;
  /** What the servers say of themselves in OpenAPI. */
  readonly specs: ForeignSpecs;
  readonly #core: () => ServerCore;
  readonly #own: ReadonlySet<string>;
  readonly #entries = new Map<string, Entry>();
  #edition = 0;

  /** `own` are the names of APIServices whose Service stands for this server. */
  constructor(options: {
    readonly core: () => ServerCore;
    readonly caller: ForeignCaller | undefined;
    readonly own: readonly string[];
  }) {
    this.#core = options.core;
    this.caller = options.caller;
    this.#own = new Set(options.own);
    this.specs = new ForeignSpecs({ ...options, apiOf: (name) => this.#entries.get(name)?.api });
  }

  /** Changes with what {@link all} tells. */
  get edition(): number {
    return this.#edition;
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  all(): readonly ForeignApi[] {
    return [...this.#entries.values()].map(({ api }) => api);
  }

  /** Who answers for a group version, when it is not this server. */
  serverOf(group: string, version: string): ForeignApi | undefined {
    return this.#entries.get(`${version}.${group}`)?.api;
  }

  /** Hears of every committed write. */
  committed({ kind }: Resource, before: Unstructured | undefined, after: Unstructured | undefined): void {
    const key = kindKey(kind);
    if (key === API_SERVICE) this.#registered(before as Registered, after as Registered);
    else if (this.#entries.size > 0 && (key === SERVICE || key === SLICE)) {
      const { namespace, name, labels } = ((after ?? before) as Unstructured).metadata;
      this.#serviceChanged(namespace, key === SERVICE ? name : labels?.[SERVICE_NAME]);
    }
  }

  #registered(before: Registered, after: Registered): void {
    const name = (after ?? before)?.metadata.name ?? "";
    if (this.#own.has(name)) return;
    if (after?.spec.service === undefined) {
      this.#forget(name);
      if (after !== undefined && findCondition(after.status?.conditions, "Available") === undefined)
        this.#core().loop.soon(`availability of ${name}`, () => this.#tell(name, { status: "True", ...LOCAL }));
      return;
    }
    const { group = "", version = "" } = after.spec;
    const entry = this.#entries.get(name);
    const isAvailable = isConditionTrue(after.status?.conditions, "Available");
    const api = { group, version, registration: after, isAvailable, resources: entry?.api.resources ?? NO_RESOURCES };
    if (entry === undefined) this.#entries.set(name, { api, isChecking: false, failures: 0, timer: undefined });
    else entry.api = api;
    this.#edition++;
    this.specs.registered(name);
    if (before?.spec !== after.spec) this.#look(name);
  }

  #forget(name: string): void {
    const entry = this.#entries.get(name);
    entry?.timer?.cancel();
    this.specs.forget(name);
    if (this.#entries.delete(name)) this.#edition++;
  }

  #serviceChanged(namespace: string | undefined, name: string | undefined): void {
    for (const [key, { api }] of this.#entries) {
      const { service } = api.registration.spec;
      if (service?.namespace === namespace && service?.name === name) this.#look(key);
    }
  }

  #look(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.isChecking) return;
    entry.isChecking = true;
    entry.timer?.cancel();
    this.#core().loop.soon(`availability of ${name}`, () => this.#check(name, entry));
  }

  #check(name: string, entry: Entry): void {
    const { registration } = entry.api;
    checkForeign(this.#core(), this.caller, registration, (finding) => {
      entry.isChecking = false;
      if (this.#entries.get(name) !== entry) return;
      // What was asked may no longer be what is registered.
      if (entry.api.registration.spec === registration.spec) this.#found(name, entry, finding);
      else this.#look(name);
    });
  }

  #found(name: string, entry: Entry, finding: Finding): void {
    const isPassed = finding.status === "True";
    entry.failures = isPassed ? 0 : entry.failures + 1;
    const delayMs = isPassed ? RESYNC_MS : Math.min(RETRY_MS_MIN * 2 ** (entry.failures - 1), RESYNC_MS);
    entry.timer = this.#core().loop.after(delayMs, `resync of ${name}`, () => this.#look(name), { background: true });
    const resources = finding.resources ?? { ...entry.api.resources, isStale: true };
    entry.api = { ...entry.api, resources };
    this.#edition++;
    this.#tell(name, finding);
  }

  #tell(name: string, { status, reason, message }: Finding): void {
    const core = this.#core();
    const resource = core.registry.lookup(APIService);
    const present = resource?.get(undefined, name);
    if (resource === undefined || present === undefined) return;
    const conditions = (present.status as APIService["status"])?.conditions;
    const available: Condition = { type: "Available", status, reason, message };
    const next = setCondition(conditions, available, core.loop.nowMs());
    if (next === conditions) return;
    const request = { verb: "update", kind: resource.kind, subresource: "status" } as const;
    const call: Call = { core, resource, request, user: CONTROLLER, options: {} };
    commitUpdate(call, present, { ...present, status: { ...(present.status as object), conditions: next } });
  }
}

type Registered = (Unstructured & APIService) | undefined;

const API_SERVICE = kindKey(APIService);
const SERVICE = kindKey(Service);
const SLICE = kindKey(EndpointSlice);
