import type { Resource } from "../resource.ts";
import { ALL_VERBS, type ServedSubresource, subresourcesOf } from "../subresources/served.ts";

/** One operation of a path, in the terms both versions of OpenAPI share. */
export type Operation = {
  readonly method: "get" | "put" | "post" | "delete" | "patch";
  readonly action: "list" | "get" | "put" | "post" | "delete" | "deletecollection" | "patch";
  /** Which schema is sent, and which comes back. */
  readonly sends?: "object" | "options" | "patch";
  readonly answers: "object" | "list" | "status";
  readonly parameters: readonly Parameter[];
};

export type Parameter = {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean";
  readonly description: string;
};

/** A path of the API with what can be done there. */
export type ApiPath = {
  readonly path: string;
  readonly resource: Resource;
  readonly subresource?: ServedSubresource;
  readonly pathParameters: readonly ("name" | "namespace")[];
  readonly operations: readonly Operation[];
};

const PATCH_TYPES = [
  "application/apply-patch+yaml",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
];

/** Media types of the patches a resource takes. */
export function patchTypesOf(resource: Resource): readonly string[] {
  return resource.custom ? PATCH_TYPES.slice(0, 3) : PATCH_TYPES;
}

/** `api/v1`, `apis/apps/v1`. */
export function groupVersionPath({ kind }: Resource): string {
  return kind.group === "" ? `api/${kind.version}` : `apis/${kind.group}/${kind.version}`;
}

/** The paths of a resource and its subresources. */
export function pathsOf(resource: Resource): readonly ApiPath[] {
  const { kind, descriptor } = resource;
  const verbs = descriptor.verbs ?? ALL_VERBS;
  const root = `/${groupVersionPath(resource)}`;
  const within = kind.namespaced ? `${root}/namespaces/{namespace}/${kind.plural}` : `${root}/${kind.plural}`;
  const scope = kind.namespaced ? (["namespace"] as const) : [];
  const item = { resource, pathParameters: ["name", ...scope] as const };
  const paths: ApiPath[] = [
    { path: within, resource, pathParameters: scope, operations: operationsFor(verbs, COLLECTION) },
    { path: `${within}/{name}`, ...item, operations: operationsFor(verbs, ITEM) },
    ...subresourcesOf(resource).map((subresource) => ({
      path: `${within}/{name}/${subresource.name}`,
      ...item,
      subresource,
      operations: operationsFor(subresource.verbs, SUBRESOURCE),
    })),
  ];
  if (kind.namespaced && verbs.includes("list"))
    paths.push({
      path: `${root}/${kind.plural}`,
      resource,
      pathParameters: [],
      operations: operationsFor(["list"], COLLECTION),
    });
  return paths.filter(({ operations }) => operations.length > 0);
}

function operationsFor(verbs: readonly string[], known: Readonly<Record<string, Operation>>): readonly Operation[] {
  return verbs.flatMap((verb) => known[verb] ?? []);
}

function text(name: string, description: string): Parameter {
  return { name, type: "string", description };
}

const WRITE = [
  text("dryRun", "When present, indicates that modifications should not be persisted; `All` processes all stages."),
  text("fieldManager", "The name of the actor that is making these changes."),
  text("fieldValidation", "What to do with unknown or duplicate fields of the object sent: Ignore, Warn or Strict."),
];
const SELECT = [
  text("continue", "The continue option of a list in pages: what the server answered to the page before."),
  text("fieldSelector", "Restricts the objects by their fields."),
  text("labelSelector", "Restricts the objects by their labels."),
  { name: "limit", type: "integer", description: "The most objects one answer may hold." } as const,
  text("resourceVersion", "Which state may be served."),
  text("resourceVersionMatch", "How resourceVersion is applied to a list: Exact or NotOlderThan."),
  { name: "sendInitialEvents", type: "boolean", description: "Begins a watch with the present objects." } as const,
  { name: "timeoutSeconds", type: "integer", description: "Ends the call after that many seconds." } as const,
];
const WATCH: readonly Parameter[] = [
  { name: "allowWatchBookmarks", type: "boolean", description: "Asks for events of type BOOKMARK." },
  { name: "watch", type: "boolean", description: "Streams changes of the selected objects." },
];
const FORCE: Parameter = {
  name: "force",
  type: "boolean",
  description: "Applies although other managers own fields, which then change hands.",
};
const DELETE: readonly Parameter[] = [
  WRITE[0] as Parameter,
  { name: "gracePeriodSeconds", type: "integer", description: "Seconds before the object is removed." },
  { name: "orphanDependents", type: "boolean", description: "Deprecated: use propagationPolicy." },
  text("propagationPolicy", "What becomes of dependents: Orphan, Background or Foreground."),
];

const COLLECTION: Readonly<Record<string, Operation>> = {
  create: { method: "post", action: "post", sends: "object", answers: "object", parameters: WRITE },
  deletecollection: {
    method: "delete",
    action: "deletecollection",
    sends: "options",
    answers: "status",
    parameters: [...DELETE, ...SELECT],
  },
  list: { method: "get", action: "list", answers: "list", parameters: [...WATCH, ...SELECT] },
};
const GET: Operation = { method: "get", action: "get", answers: "object", parameters: [] };
const UPDATE: Operation = { method: "put", action: "put", sends: "object", answers: "object", parameters: WRITE };
const PATCH: Operation = {
  method: "patch",
  action: "patch",
  sends: "patch",
  answers: "object",
  parameters: [...WRITE, FORCE],
};
const ITEM: Readonly<Record<string, Operation>> = {
  delete: { method: "delete", action: "delete", sends: "options", answers: "status", parameters: DELETE },
  get: GET,
  patch: PATCH,
  update: UPDATE,
};
const SUBRESOURCE: Readonly<Record<string, Operation>> = {
  create: COLLECTION.create as Operation,
  get: GET,
  patch: PATCH,
  update: UPDATE,
};
