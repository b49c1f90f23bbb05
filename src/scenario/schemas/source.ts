import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { apiVersionOf, type GroupVersionKind, type JsonSchema, type SchemaSource } from "../../apimachinery/index.ts";
import { type ComponentSchema, type Descriptions, INT_OR_STRING, QUANTITY, REF_PREFIX } from "./components.ts";
import { GENERATION, generateSchemas, prefixOf, type SchemaIndex } from "./generate.ts";
import { groupVersionFile, META_FILE } from "./naming.ts";

type Components = Readonly<Record<string, ComponentSchema>>;

/**
 * The schemas of built-in kinds from `folder`, `generated/schemas` of this package when none is named. Files are read when
 * first asked for, and generated first when they are missing or of an older make.
 */
export function fileSchemaSource(folder: string = defaultFolder()): SchemaSource {
  const files = new SchemaFiles(folder);
  const linker = new Linker(files);
  return {
    schemaOf: (kind) => {
      const name = files.componentOf(kind);
      return name === undefined ? undefined : linker.link(name);
    },
    document: (groupVersion) => openApiDocument(files, groupVersion),
  };
}

/** `generated/schemas` beside the nearest package.json. */
function defaultFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, "generated", "schemas");
}

/** Reads each file once. */
class SchemaFiles {
  readonly #folder: string;
  readonly #components = new Map<string, Components>();
  #index: SchemaIndex | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The component of a kind, if there is one. */
  componentOf(kind: GroupVersionKind): string | undefined {
    const file = groupVersionFile(apiVersionOf(kind));
    const candidates = file === "v1" ? [file, META_FILE] : [file];
    for (const candidate of candidates)
      for (const [prefix, holder] of Object.entries(this.#indexed().prefixes))
        if (holder === candidate && this.component(`${prefix}.${kind.kind}`) !== undefined)
          return `${prefix}.${kind.kind}`;
    return undefined;
  }

  component(name: string): ComponentSchema | undefined {
    const file = this.#indexed().prefixes[prefixOf(name)];
    return file === undefined ? undefined : this.componentsIn(file)[name];
  }

  /** The components a file holds; none when there is no such file. */
  componentsIn(file: string): Components {
    let components = this.#components.get(file);
    if (components === undefined) {
      const known = Object.values(this.#indexed().prefixes).includes(file);
      components = known ? (this.#read(`${file}.json`) as Components) : {};
      this.#components.set(file, components);
    }
    return components;
  }

  /** Descriptions of the components with that prefix; not kept, since few ask twice. */
  descriptionsWith(prefix: string): Readonly<Record<string, Descriptions>> {
    return this.#read(`${this.#indexed().prefixes[prefix]}.descriptions.json`) as Readonly<
      Record<string, Descriptions>
    >;
  }

  #indexed(): SchemaIndex {
    if (this.#index !== undefined) return this.#index;
    const upToDate = existsSync(join(this.#folder, "index.json")) && this.#readIndex().generation === GENERATION;
    if (!upToDate) generateSchemas(this.#folder);
    this.#index = this.#readIndex();
    return this.#index;
  }

  #readIndex(): SchemaIndex {
    return this.#read("index.json") as SchemaIndex;
  }

  #read(file: string): unknown {
    return JSON.parse(readFileSync(join(this.#folder, file), "utf8"));
  }
}

/** Puts the schema in the place of each reference to it; every component becomes one object, so cycles close. */
class Linker {
  readonly #files: SchemaFiles;
  readonly #linked = new Map<string, JsonSchema>();

  constructor(files: SchemaFiles) {
    this.#files = files;
  }

  link(name: string): JsonSchema | undefined {
    const known = this.#linked.get(name);
    if (known !== undefined) return known;
    const component = this.#files.component(name);
    if (component === undefined) return undefined;
    // Known before its parts are: a component that contains itself meets this object again.
    const schema: JsonSchema = {};
    this.#linked.set(name, schema);
    return Object.assign(schema, this.#linkNode(component), { "x-go-type": goTypeOf(name) });
  }

  #linkNode(node: ComponentSchema): JsonSchema {
    const { $ref, properties, items, additionalProperties, "x-kubernetes-group-version-kind": _, ...rest } = node;
    if ($ref !== undefined) {
      const target = this.link($ref.slice(REF_PREFIX.length)) ?? {};
      return Object.keys(rest).length === 0 ? target : { ...target, ...(rest as JsonSchema) };
    }
    return {
      ...(rest as JsonSchema),
      ...(properties === undefined ? {} : { properties: this.#linkFields(properties) }),
      ...(items === undefined ? {} : { items: this.#linkNode(items) }),
      ...(additionalProperties === undefined ? {} : { additionalProperties: this.#linkNode(additionalProperties) }),
    };
  }

  #linkFields(properties: Components): Readonly<Record<string, JsonSchema>> {
    const linked: Record<string, JsonSchema> = {};
    for (const [name, property] of Object.entries(properties)) linked[name] = this.#linkNode(property);
    return linked;
  }
}

/** `v1.DeploymentSpec` of `io.k8s.api.apps.v1.DeploymentSpec`. */
function goTypeOf(name: string): string {
  return name.split(".").slice(-2).join(".");
}

/** How OpenAPI v3 of Kubernetes writes what our own schemas say more exactly. */
const PUBLISHED: Readonly<Record<string, unknown>> = {
  [QUANTITY]: { oneOf: [{ type: "string" }, { type: "number" }] },
  [INT_OR_STRING]: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
};

/** The components of a group version and all they refer to, described. */
function openApiDocument(files: SchemaFiles, groupVersion: string): unknown {
  const schemas: Record<string, unknown> = {};
  const descriptions = new Map<string, Readonly<Record<string, Descriptions>>>();
  const pending = Object.keys(files.componentsIn(groupVersionFile(groupVersion)));
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (schemas[name] !== undefined) continue;
    const component = files.component(name);
    if (component === undefined) continue;
    const prefix = prefixOf(name);
    const prose = descriptions.get(prefix) ?? files.descriptionsWith(prefix);
    descriptions.set(prefix, prose);
    schemas[name] = PUBLISHED[name] ?? described(component, prose[name] ?? {});
    pending.push(...referencesOf(component));
  }
  const sorted = Object.keys(schemas).sort();
  return { components: { schemas: Object.fromEntries(sorted.map((name) => [name, schemas[name]])) } };
}

function described(component: ComponentSchema, prose: Descriptions): unknown {
  const properties: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(component.properties ?? {})) {
    const description = prose[name];
    properties[name] = publishedField(property, description === undefined ? {} : { description });
  }
  const told = Object.fromEntries(Object.entries(component).filter(([name]) => !name.startsWith("x-go-")));
  return {
    ...(prose[""] === undefined ? {} : { description: prose[""] }),
    ...told,
    ...(component.properties === undefined ? {} : { properties }),
  };
}

/** A reference with siblings is wrapped in allOf, since OpenAPI v3.0 ignores what stands beside `$ref`. */
function publishedField(property: ComponentSchema, description: { readonly description?: string }): unknown {
  const { $ref, ...rest } = withoutGoType(property);
  if ($ref === undefined) return { ...description, ...rest };
  const siblings = { ...description, ...rest };
  return Object.keys(siblings).length === 0 ? { $ref } : { allOf: [{ $ref }], ...siblings };
}

function withoutGoType({ "x-go-type": _, ...schema }: ComponentSchema): ComponentSchema {
  return schema.items === undefined ? schema : { ...schema, items: withoutGoType(schema.items) };
}

function referencesOf(node: ComponentSchema): string[] {
  const parts = [...Object.values(node.properties ?? {}), node.items, node.additionalProperties];
  const nested = parts.flatMap((part) => (part === undefined ? [] : referencesOf(part)));
  return node.$ref === undefined ? nested : [node.$ref.slice(REF_PREFIX.length), ...nested];
}
