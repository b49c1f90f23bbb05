import { createHash } from "node:crypto";
import type { JsonSchema, SchemaSource } from "../apimachinery/index.ts";
import { isRecord } from "../std/index.ts";
import type { Registry } from "./registry.ts";
import type { Resource } from "./resource.ts";

/** An OpenAPI answer: its JSON, and the tag under which a client may keep it. */
export type OpenApiAnswer = { readonly json: string; readonly hash: string };

/**
 * OpenAPI v3 as kubectl needs it (ecosystem.md 4.2): per resource a PATCH that names its kind and takes `fieldValidation`, and the
 * schemas. Documents are made when asked for; their hashes are those of what they are made from.
 */
export class OpenApi {
  readonly #registry: Registry;
  readonly #schemas: SchemaSource | undefined;
  readonly #seed: string;
  #edition = -1;
  #groupVersions = new Map<string, GroupVersion>();

  constructor(options: {
    readonly registry: Registry;
    readonly schemas: SchemaSource | undefined;
    readonly gitVersion: string;
  }) {
    this.#registry = options.registry;
    this.#schemas = options.schemas;
    this.#seed = options.gitVersion;
  }

  /** `/openapi/v3`: where the document of each group version is. */
  index(): OpenApiAnswer {
    const present = this.#present();
    const paths: Record<string, unknown> = {};
    for (const [path, groupVersion] of present)
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${groupVersion.hash}` };
    const json = JSON.stringify({ paths });
    return { json, hash: sha512(json) };
  }

  /** The document of `api/v1`, `apis/apps/v1`; `undefined` when no such group version is served. */
  document(path: string): OpenApiAnswer | undefined {
    const groupVersion = this.#present().get(path);
    if (groupVersion === undefined) return undefined;
    groupVersion.json ??= JSON.stringify(documentOf(groupVersion.resources, this.#schemas));
    return { json: groupVersion.json, hash: groupVersion.hash };
  }

  #present(): ReadonlyMap<string, GroupVersion> {
    if (this.#edition !== this.#registry.edition) {
      const before = this.#groupVersions;
      this.#groupVersions = new Map();
      for (const [path, resources] of byPath(this.#registry.resources())) {
        const hash = sha512(this.#seed + describe(resources));
        const known = before.get(path);
        this.#groupVersions.set(path, known?.hash === hash ? known : { resources, hash, json: undefined });
      }
      this.#edition = this.#registry.edition;
    }
    return this.#groupVersions;
  }
}

type GroupVersion = { readonly resources: readonly Resource[]; readonly hash: string; json: string | undefined };

function byPath(resources: readonly Resource[]): ReadonlyMap<string, readonly Resource[]> {
  const paths = new Map<string, Resource[]>();
  for (const resource of resources) {
    const path = pathOf(resource);
    const present = paths.get(path);
    if (present === undefined) paths.set(path, [resource]);
    else present.push(resource);
  }
  return paths;
}

function pathOf({ kind }: Resource): string {
  return kind.group === "" ? `api/${kind.version}` : `apis/${kind.group}/${kind.version}`;
}

/** What a document is made from: kinds by name, and schemas that may change under the same name. */
function describe(resources: readonly Resource[]): string {
  return JSON.stringify(
    resources.map(({ kind, custom, descriptor }) => [kind.plural, kind.kind, custom ? descriptor.schema : null]),
  );
}

type Fields = Readonly<Record<string, unknown>>;

function documentOf(resources: readonly Resource[], source: SchemaSource | undefined): Fields {
  const [first] = resources;
  const apiVersion = first?.apiVersion ?? "";
  const known = first === undefined || first.custom ? {} : schemasOf(source?.document(apiVersion));
  const schemas: Record<string, unknown> = { ...known };
  const paths: Record<string, unknown> = {};
  for (const resource of resources) {
    const name = schemaName(resource, schemas);
    if (!(name in schemas)) schemas[name] = ownSchema(resource);
    Object.assign(paths, pathsOf(resource, `#/components/schemas/${name}`));
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: apiVersion },
    paths,
    components: { schemas },
  };
}

function schemasOf(document: unknown): Fields {
  const components = isRecord(document) ? document.components : undefined;
  const schemas = isRecord(components) ? components.schemas : undefined;
  return isRecord(schemas) ? schemas : {};
}

/** The schema that says it is of the resource's kind, else the name upstream would give it. */
function schemaName({ kind }: Resource, schemas: Fields): string {
  for (const [name, schema] of Object.entries(schemas)) {
    const stated = isRecord(schema) ? schema["x-kubernetes-group-version-kind"] : undefined;
    if (!Array.isArray(stated)) continue;
    for (const gvk of stated)
      if (isRecord(gvk) && gvk.group === kind.group && gvk.version === kind.version && gvk.kind === kind.kind)
        return name;
  }
  const group = kind.group === "" ? "io.k8s.api.core" : kind.group.split(".").reverse().join(".");
  return `${group}.${kind.version}.${kind.kind}`;
}

function gvkOf({ kind }: Resource): Fields {
  return { group: kind.group, version: kind.version, kind: kind.kind };
}

/** The schema of a custom resource, or of a built-in kind nobody described: open, but with its kind's name on it. */
function ownSchema(resource: Resource): Fields {
  const schema: JsonSchema = resource.descriptor.schema ?? {
    type: "object",
    "x-kubernetes-preserve-unknown-fields": true,
  };
  return {
    ...schema,
    properties: {
      ...schema.properties,
      apiVersion: { type: "string", description: "APIVersion defines the versioned schema of this object." },
      kind: { type: "string", description: "Kind is the REST resource this object represents." },
      metadata: { type: "object", description: "Standard object's metadata.", ...schema.properties?.metadata },
    },
    "x-kubernetes-group-version-kind": [gvkOf(resource)],
  };
}

function pathsOf(resource: Resource, reference: string): Fields {
  const { kind } = resource;
  const root = `/${pathOf(resource)}`;
  const collection = kind.namespaced ? `${root}/namespaces/{namespace}/${kind.plural}` : `${root}/${kind.plural}`;
  const body = { $ref: reference };
  const operation = (action: string, more: Fields = {}): Fields => ({
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": gvkOf(resource),
    responses: { 200: { description: "OK", content: { "application/json": { schema: body } } } },
    ...more,
  });
  const parameters = ["dryRun", "fieldManager", "fieldValidation"].map((name) => ({
    name,
    in: "query",
    schema: { type: "string", uniqueItems: true },
  }));
  const write = { parameters, requestBody: { content: { "application/json": { schema: body } } } };
  const patchBody = Object.fromEntries(patchTypes(resource).map((type) => [type, { schema: { type: "object" } }]));
  const isStored = resource.descriptor.verbs?.includes("get") !== false;
  return {
    [collection]: { ...(isStored ? { get: operation("list") } : {}), post: operation("post", write) },
    ...(isStored
      ? {
          [`${collection}/{name}`]: {
            get: operation("get"),
            put: operation("put", write),
            patch: operation("patch", {
              parameters: [...parameters, { name: "force", in: "query", schema: { type: "boolean" } }],
              requestBody: { content: patchBody },
            }),
            delete: operation("delete"),
          },
        }
      : {}),
  };
}

function patchTypes(resource: Resource): readonly string[] {
  const types = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"];
  return resource.custom ? types : [...types, "application/strategic-merge-patch+json"];
}

function sha512(text: string): string {
  return createHash("sha512").update(text).digest("hex").toUpperCase();
}
