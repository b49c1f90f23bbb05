import type { CompiledSchema, FieldManager, FieldType, Unstructured } from "../apimachinery/index.ts";
import type { Loop, RandomStream } from "../sim/index.ts";
import type { Store } from "../store/index.ts";
import type { AdmissionSteps } from "./admission/steps.ts";
import type { WebhookCaller } from "./admission/webhook-caller.ts";
import type { ClusterState } from "./admission.ts";
import type { ForeignApis } from "./aggregation/foreign-apis.ts";
import type { Authorizer } from "./authorization.ts";
import type { EncodedObjects } from "./encoded-objects.ts";
import type { RoleBasedAccess } from "./rbac/role-based-access.ts";
import type { Registry } from "./registry.ts";
import type { ApiRequest, RequestOptions, User } from "./request.ts";
import type { Resource } from "./resource.ts";
import type { SchemaPool } from "./schema-pool.ts";
import type { Journal } from "./suspension.ts";
import type { TokenSigner } from "./tokens/token-signer.ts";
import type { UntrackedWrites } from "./untracked-writes.ts";

/** What every verb of one server works with. */
export type ServerCore = {
  readonly cluster: string;
  readonly loop: Loop;
  readonly store: Store;
  readonly encoded: EncodedObjects;
  readonly registry: Registry;
  /** Compiled schemas, rules and expressions. */
  readonly pool: SchemaPool;
  /** Calls webhooks; without one every call fails. */
  readonly webhooks: WebhookCaller | undefined;
  /** What the cluster itself has configured about writes. */
  readonly steps: AdmissionSteps;
  readonly state: ClusterState;
  readonly authorize: Authorizer | undefined;
  /** What roles and bindings say, where they decide. */
  readonly access: RoleBasedAccess | undefined;
  readonly tokenSigner: TokenSigner | undefined;
  readonly staticTokens: ReadonlyMap<string, User>;
  readonly names: RandomStream;
  readonly schemaOf: (resource: Resource) => CompiledSchema | undefined;
  /** What other API servers answer for. */
  readonly foreignApis: ForeignApis | undefined;
  /** Group versions that come and go with definitions have their APIService. */
  readonly keepsApiServices: boolean;
  /** Keeps the managed fields of objects. */
  readonly fields: FieldManager;
  /** Writes whose managed fields nobody has asked for yet. */
  readonly untracked: UntrackedWrites;
  readonly fieldTypeOf: (resource: Resource) => FieldType;
  /** Present time as objects carry it. */
  readonly timestamp: () => string;
  /** Called after every committed write; `after` is absent for a removal. Objects are as stored. */
  readonly committed: (resource: Resource, before: Unstructured | undefined, after: Unstructured | undefined) => void;
};

/** One request on its way: to which resource, by whom, with which options. */
export type Call = {
  readonly core: ServerCore;
  readonly resource: Resource;
  readonly request: ApiRequest;
  readonly user: User;
  readonly options: RequestOptions;
  /** What a suspended request remembers; absent in the first attempt, and for the server's own doings. */
  readonly journal?: Journal;
  /** The server's own doing, about which admission is not asked. */
  readonly unchecked?: boolean;
  /** Gathers what the client is to be told beside the answer. */
  readonly warnings?: Warnings;
};

/** Warnings gathered while a request is served; they reach the client as Warning headers. */
export type Warnings = string[];
