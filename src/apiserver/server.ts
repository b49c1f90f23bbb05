import { ClusterRole, type ResourceDescriptor, Role, type RoleRef } from "../api/index.ts";
import {
  type CompiledSchema,
  FieldManager,
  type Kind,
  type KubeObject,
  type ObjectOf,
  type SchemaSource,
  StatusError,
  statusErrors,
  timestamp,
  type Unstructured,
} from "../apimachinery/index.ts";
import type { Loop, RandomStream } from "../sim/index.ts";
import { Store } from "../store/index.ts";
import { certificateSubjectRestriction, signerPermission, signingStatus } from "./admission/certificate-signing.ts";
import { withAdmissionStrategy } from "./admission/policy-strategy.ts";
import { signingRequester } from "./admission/requester.ts";
import { AdmissionSteps } from "./admission/steps.ts";
import type { WebhookCaller } from "./admission/webhook-caller.ts";
import type { AdmissionPlugin, ClusterState } from "./admission.ts";
import { type AggregatedGroup, registerServed } from "./aggregation/api-services.ts";
import { ForeignApis } from "./aggregation/foreign-apis.ts";
import type { ForeignCaller } from "./aggregation/foreign-caller.ts";
import { type Authorizer, checkAccess, requestAttributes } from "./authorization.ts";
import type { Call, ServerCore, Warnings } from "./core.ts";
import { definitionCommitted, instanceRemoved } from "./crd/custom-resources.ts";
import { definitionStrategy, isDefinitionKind } from "./crd/definition-strategy.ts";
import { withDeviceSelectors } from "./device-selectors.ts";
import { type Dispatched, dispatch } from "./dispatch.ts";
import { EncodedObjects } from "./encoded-objects.ts";
import { settledWrite } from "./managed-fields.ts";
import { metricsPage } from "./metrics-page.ts";
import { nodeRestriction } from "./nodes/node-restriction.ts";
import { NonResourcePaths, type PathAnswer, type PathForm } from "./non-resource-paths.ts";
import { nullListWriter } from "./null-lists.ts";
import { ownWrites } from "./own-writes.ts";
import { writeDefaultPolicy } from "./rbac/default-policy.ts";
import { escalationCheck } from "./rbac/escalation.ts";
import { RoleBasedAccess } from "./rbac/role-based-access.ts";
import { Registry } from "./registry.ts";
import {
  type Answer,
  type ApiRequest,
  type RawAnswer,
  type User,
  type WatchHandle,
  type WatchSink,
  withWarnings,
} from "./request.ts";
import { RequestMetrics } from "./request-metrics.ts";
import type { Resource } from "./resource.ts";
import { BUILT_IN_REVIEWS, type ReviewHandler } from "./reviews.ts";
import { SchemaPool } from "./schema-pool.ts";
import type { ServerVersion } from "./server-version.ts";
import { cannotWait, serveToEnd } from "./suspended-requests.ts";
import { type Journal, repeatable, Suspended } from "./suspension.ts";
import { tokenSecrets } from "./tokens/token-secret.ts";
import type { TokenSigner } from "./tokens/token-signer.ts";
import { UntrackedWrites } from "./untracked-writes.ts";
import { failedWatch, type PreparedWatch, prepareWatch } from "./verbs/watch.ts";
import type { ObjectReader, VirtualResource } from "./virtual-resource.ts";

export type ApiServerOptions = {
  readonly cluster: string;
  readonly loop: Loop;
  /** Built-in kinds; of those that share group and plural the first one's version is the stored one. */
  readonly descriptors: readonly ResourceDescriptor[];
  readonly version: ServerVersion;
  /** Schemas of built-in kinds, for strategic merges, unknown fields and OpenAPI. */
  readonly schemas?: SchemaSource;
  readonly admission?: readonly AdmissionPlugin[];
  /** Roles and bindings decide who may do what, and the default ones are written. */
  readonly rbac?: boolean;
  /** Signs the tokens of service accounts; without it there are none. */
  readonly tokenSigner?: TokenSigner;
  /** Bearer tokens known from the start, and whose they are (`--token-auth-file`). */
  readonly staticTokens?: ReadonlyMap<string, User>;
  /** Decides in place of roles and bindings. Everything is allowed when there is neither. */
  readonly authorize?: Authorizer;
  /** Changes kept per resource for watches to resume from and lists to page over. */
  readonly historyLimit?: number;
  /** Deep-freezes what is stored; for tests. */
  readonly freeze?: boolean;
  /** Shared by the servers of a fleet, so that equal definitions are compiled once. */
  readonly schemaPool?: SchemaPool;
  /** Calls admission and conversion webhooks. */
  readonly webhooks?: WebhookCaller;
  /** Answers to further create-only kinds, by `group/plural`; they come before the server's own. */
  readonly reviews?: Readonly<Record<string, ReviewHandler>>;
  /** Resources of which nothing is stored. */
  readonly virtual?: readonly VirtualResource[];
  /** An APIService is kept for every group version served; these name a server behind this one. None are kept when absent. */
  readonly aggregated?: readonly AggregatedGroup[];
  /** Calls the servers of other APIServices. */
  readonly foreign?: ForeignCaller;
};

/** The API server of one cluster: one request in, one answer out, synchronously. */
export class ApiServer {
  readonly cluster: string;
  readonly version: ServerVersion;
  /** What was asked of this server so far. */
  readonly metrics = new RequestMetrics();
  readonly #core: ServerCore;
  readonly #reviews: Readonly<Record<string, ReviewHandler>>;
  readonly #paths: NonResourcePaths;

  constructor(options: ApiServerOptions) {
    this.cluster = options.cluster;
    this.version = options.version;
    const pool = options.schemaPool ?? new SchemaPool();
    this.#core = newCore({ ...options, schemaPool: pool });
    if (options.rbac === true) writeDefaultPolicy(this.#core);
    if (options.aggregated !== undefined) registerServed(this.#core, options.aggregated);
    this.#reviews = { ...BUILT_IN_REVIEWS, ...options.reviews };
    this.#paths = new NonResourcePaths({
      registry: this.#core.registry,
      foreignApis: this.#core.foreignApis,
      version: options.version,
      schemas: options.schemas,
      pool,
      tokenSigner: options.tokenSigner,
      metrics: () =>
        metricsPage({
          requests: this.metrics,
          registry: this.#core.registry,
          version: options.version,
          loop: options.loop,
        }),
    });
  }

  /** The present objects and time, as admission sees them: the server's own view, past authorization. */
  get state(): ClusterState {
    return this.#core.state;
  }

  /** What the doors of this server are built from. */
  get core(): ServerCore {
    return this.#core;
  }

  /** Answers any request but a watch: before it returns, unless a webhook has to be asked. */
  handle(request: ApiRequest, user: User, onAnswer: (answer: Answer) => void): void {
    const { state } = this.#core;
    serveToEnd(
      (journal) => this.#attempt(request, user, journal),
      () => state.newUid(),
      onAnswer,
    );
  }

  /** As {@link handle}, for callers that want the answer returned and cannot wait for one. */
  answer(request: ApiRequest, user: User): Answer {
    const outcome = this.#attempt(request, user, undefined);
    return outcome instanceof Suspended ? cannotWait(outcome) : outcome;
  }

  #attempt(request: ApiRequest, user: User, journal: Journal | undefined): Answer | Suspended {
    const warnings: Warnings = [];
    try {
      const { code, object } = this.#dispatch(request, user, { warnings, journal });
      // A Status is no KubeObject to the letter: its metadata has no name.
      return withWarnings({ ok: true, code, object: object as Unstructured }, warnings);
    } catch (error) {
      if (error instanceof StatusError) return withWarnings({ ok: false, status: error.status }, warnings);
      if (error instanceof Suspended) return error;
      throw error;
    }
  }

  /** Starts a watch; a request that cannot be watched ends with an ERROR event. */
  watch(request: ApiRequest, user: User, sink: WatchSink): WatchHandle {
    try {
      return this.prepareWatch(request, user)(sink);
    } catch (error) {
      if (error instanceof StatusError) return failedWatch(this.#core.loop, error, sink);
      throw error;
    }
  }

  /** Checks a watch without starting it; throws the StatusError of one that cannot be. */
  prepareWatch(request: ApiRequest, user: User): PreparedWatch {
    return prepareWatch(this.#call(request, user));
  }

  /** Answers a GET of a path that is no resource: versions, health, discovery, OpenAPI. */
  raw(path: string, user: User, onAnswer: (answer: RawAnswer) => void): void {
    const denied = this.#denied(path, user);
    onAnswer(denied === undefined ? this.#paths.raw(path) : { ok: false, status: denied.status });
  }

  /** As {@link raw}, for a client that chose the form of documents and may keep what it is given. */
  path(path: string, user: User, form: PathForm): PathAnswer {
    const denied = this.#denied(path, user);
    return denied === undefined ? this.#paths.answer(path, form) : { ok: false, status: denied.status };
  }

  #denied(path: string, user: User): StatusError | undefined {
    const bare = path.split("?", 1)[0] as string;
    const attributes = { user, verb: "get", group: "", version: "", resource: "", path: bare };
    const decision = this.#core.authorize?.(attributes, this.#core.state) ?? "allow";
    return decision === "allow" ? undefined : decision;
  }

  #dispatch(
    request: ApiRequest,
    user: User,
    { warnings, journal }: { readonly warnings: Warnings; readonly journal: Journal | undefined },
  ): Dispatched {
    const made = this.#call(request, user);
    const { deprecation } = made.resource;
    if (deprecation !== undefined) warnings.push(deprecation);
    const call =
      journal === undefined
        ? { ...made, warnings }
        : { ...made, warnings, journal, core: repeatable(made.core, journal) };
    return dispatch(call, this.#reviews, warnings);
  }

  #call(request: ApiRequest, user: User): Call {
    // Who may not ask is not told whether there is such a resource.
    checkAccess(this.#core, requestAttributes(request, request.kind, user));
    const resource = this.#core.registry.lookup(request.kind);
    if (resource === undefined) throw statusErrors.noSuchPath();
    return { core: this.#core, resource, request, user, options: request.options ?? {} };
  }
}

function newCore(options: ApiServerOptions): ServerCore {
  const { cluster, loop, version, admission = [], historyLimit, freeze } = options;
  const pool = options.schemaPool ?? new SchemaPool();
  const store = new Store({
    loop,
    ...(historyLimit === undefined ? {} : { historyLimit }),
    ...(freeze === undefined ? {} : { freeze }),
  });
  const context = { nowMs: () => loop.nowMs(), pool, registry: () => registry };
  const expressions = () => pool.rules.expressions;
  const descriptors = options.descriptors
    .filter(servedBy(Number.parseInt(version.minor, 10)))
    .map((descriptor) =>
      isDefinitionKind(descriptor.kind)
        ? { ...descriptor, strategy: definitionStrategy(context) }
        : withDeviceSelectors(withAdmissionStrategy(descriptor, expressions), expressions, () => core.state),
    );
  const access = options.rbac === true ? accessOf(() => core) : undefined;
  const checks = [...SIGNING_REQUESTS, ...admission, ...ownChecks(options.tokenSigner, access)];
  const virtual = (options.virtual ?? []).map(
    (resource) => [resource.descriptor, readerOf(resource, () => core.state)] as const,
  );
  const registry: Registry = new Registry({ store, admission: checks, descriptors, virtual });
  const schemaOf = schemaFinder(options.schemas, pool);
  const withNullLists = nullListWriter(descriptors);
  const core: ServerCore = {
    cluster,
    loop,
    store,
    encoded: new EncodedObjects((object) => withNullLists(core.untracked.shown(object))),
    untracked: new UntrackedWrites((live, next, writer) => settledWrite(core, live, next, writer)),
    registry,
    pool,
    webhooks: options.webhooks,
    steps: new AdmissionSteps(),
    authorize: options.authorize ?? access?.authorize,
    access,
    tokenSigner: options.tokenSigner,
    staticTokens: options.staticTokens ?? new Map(),
    state: clusterState(cluster, loop, registry),
    names: loop.random.stream(`names/${cluster}`),
    schemaOf,
    foreignApis: foreignApisOf(options, () => core),
    keepsApiServices: options.aggregated !== undefined,
    fields: new FieldManager(),
    fieldTypeOf: (resource) => pool.fieldTypes.ofResource(schemaOf(resource)?.schema),
    timestamp: timestamps(loop),
    committed: (resource, before, after) => {
      access?.committed(resource, before, after);
      core.foreignApis?.committed(resource, before, after);
      for (const plugin of resource.plugins) plugin.committed?.({ before, after }, core.state, own);
      if (resource.isCustomResourceDefinition) definitionCommitted(core, before, after);
      else if (resource.custom && after === undefined) instanceRemoved(core, resource);
    },
  };
  const own = ownWrites(core);
  for (const plugin of admission) plugin.started?.(core.state, own);
  return core;
}

function accessOf(core: () => ServerCore): RoleBasedAccess {
  return new RoleBasedAccess(
    (ref, within) => roleOf(core().registry, ref, within),
    () => core().state,
  );
}

const SIGNING_REQUESTS = [signingRequester, certificateSubjectRestriction, signingStatus];

/** Admission that follows from how the server is made. */
function ownChecks(tokenSigner: TokenSigner | undefined, access: RoleBasedAccess | undefined): AdmissionPlugin[] {
  return [
    ...(tokenSigner === undefined ? [] : [tokenSecrets(tokenSigner)]),
    ...(access === undefined ? [] : [nodeRestriction, escalationCheck(access), signerPermission(access.authorize)]),
  ];
}

function foreignApisOf({ aggregated, foreign }: ApiServerOptions, core: () => ServerCore): ForeignApis | undefined {
  if (aggregated === undefined) return undefined;
  const own = aggregated.map(({ group, version }) => `${version}.${group}`);
  return new ForeignApis({ core, caller: foreign, own });
}

function readerOf({ get, list }: VirtualResource, state: () => ClusterState): ObjectReader {
  return {
    get: (name, namespace) => get(state(), name, namespace),
    list: (namespace) => list(state(), namespace),
  };
}

function roleOf(registry: Registry, { kind, name }: RoleRef, namespace: string): Role | undefined {
  const stored =
    kind === "Role" ? registry.lookup(Role)?.get(namespace, name) : registry.lookup(ClusterRole)?.get("", name);
  return stored as (Unstructured & Role) | undefined;
}

function servedBy(minor: number): (descriptor: ResourceDescriptor) => boolean {
  return ({ sinceMinor = 0, untilMinor = Number.POSITIVE_INFINITY }) => minor >= sinceMinor && minor <= untilMinor;
}

function schemaFinder(
  source: SchemaSource | undefined,
  pool: SchemaPool,
): (resource: Resource) => CompiledSchema | undefined {
  const found = new WeakMap<Resource, CompiledSchema | "none">();
  return (resource) => {
    let compiled = found.get(resource);
    if (compiled === undefined) {
      const { descriptor, custom } = resource;
      const schema = descriptor.schema ?? (custom ? undefined : source?.schemaOf(descriptor.kind));
      compiled = schema === undefined ? "none" : pool.compile(schema);
      found.set(resource, compiled);
    }
    return compiled === "none" ? undefined : compiled;
  };
}

function clusterState(cluster: string, loop: Loop, registry: Registry): ClusterState {
  const uids = loop.random.stream(`uid/${cluster}`);
  return {
    cluster,
    nowMs: () => loop.nowMs(),
    newUid: () => randomUuid(uids),
    get: <K extends Kind<KubeObject>>(kind: K, name: string, namespace?: string) =>
      registry.lookup(kind)?.get(namespace, name) as ObjectOf<K> | undefined,
    list: <K extends Kind<KubeObject>>(kind: K, namespace?: string) =>
      (registry.lookup(kind)?.list(namespace) ?? []) as readonly unknown[] as readonly ObjectOf<K>[],
  };
}

/** A version 4 UUID of the stream's chance. */
function randomUuid(stream: RandomStream): string {
  const word = (): string => stream.below(0x1_0000_0000).toString(16).padStart(8, "0");
  const hex = word() + word() + word() + word();
  const variant = "89ab"[Number.parseInt(hex.charAt(16), 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Present time as text, made once per moment of the loop. */
function timestamps(loop: Loop): () => string {
  let madeAtMs = Number.NaN;
  let text = "";
  return () => {
    const nowMs = loop.nowMs();
    if (nowMs !== madeAtMs) {
      madeAtMs = nowMs;
      text = timestamp(nowMs);
    }
    return text;
  };
}
