import type { JsonSchema } from "../../apimachinery/index.ts";
import type { GoFieldTables } from "./go-fields.ts";
import type { GoScalars } from "./go-scalars.ts";
import type { Model, ModelField } from "./models.ts";
import { classesIn, type Namespace, typeNameOf } from "./naming.ts";
import type { Overlay } from "./overlay.ts";

/** A schema as it stands in a file: other components are referred to by name. */
export type ComponentSchema = Omit<JsonSchema, "properties" | "items" | "additionalProperties" | "anyOf"> & {
  readonly $ref?: string;
  readonly anyOf?: readonly ComponentSchema[];
  readonly properties?: Readonly<Record<string, ComponentSchema>>;
  readonly items?: ComponentSchema;
  readonly additionalProperties?: ComponentSchema;
  readonly "x-kubernetes-group-version-kind"?: readonly {
    readonly group: string;
    readonly kind: string;
    readonly version: string;
  }[];
};

/** Descriptions of a component: its own under `""`, and its fields'. */
export type Descriptions = Readonly<Record<string, string>>;

export const REF_PREFIX = "#/components/schemas/";
export const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
export const INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
const TIME = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";
const MICRO_TIME = "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime";

/** Types the client has no model of. */
export const BASIC_COMPONENTS: Readonly<Record<string, ComponentSchema>> = {
  [QUANTITY]: { anyOf: [{ type: "string", format: "quantity" }, { type: "number" }] },
  [INT_OR_STRING]: { format: "int-or-string", "x-kubernetes-int-or-string": true },
  [TIME]: { type: "string", format: "date-time" },
  [MICRO_TIME]: { type: "string", format: "date-time" },
};

/** What is known beyond the models. */
type ComponentTables = {
  readonly overlay: Overlay;
  readonly goFields: GoFieldTables;
  readonly goScalars: GoScalars;
};

/** JSON nobody looks into (`runtime.RawExtension` and its like), owned as a whole. */
const ANY: ComponentSchema = { "x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-map-type": "atomic" };

/** Turns model classes into components. */
export class ComponentWriter {
  readonly #names = new Map<string, string>();
  readonly #overlay: Overlay;
  readonly #goFields: GoFieldTables;
  readonly #goScalars: GoScalars;

  constructor(namespaces: readonly Namespace[], { overlay, goFields, goScalars }: ComponentTables) {
    this.#overlay = overlay;
    this.#goFields = goFields;
    this.#goScalars = goScalars;
    for (const { prefix, classNames } of namespaces)
      for (const className of classNames) this.#names.set(className, `${prefix}.${typeNameOf(className)}`);
  }

  nameOf(className: string): string {
    const name = this.#names.get(className);
    if (name === undefined) throw new Error(`model ${className} belongs to no group version`);
    return name;
  }

  schemaOf(model: Model, namespace: Namespace): ComponentSchema {
    const name = this.nameOf(model.className);
    const properties: Record<string, ComponentSchema> = {};
    for (const field of model.fields) properties[field.name] = this.#fieldSchema(name, field);
    const required = model.fields.filter((field) => field.required).map((field) => field.name);
    const isKind = ["apiVersion", "kind", "metadata"].every((field) => properties[field] !== undefined);
    const { group, version } = namespace;
    return {
      type: "object",
      ...(model.fields.length === 0 ? {} : { properties }),
      ...(required.length === 0 ? {} : { required }),
      ...(this.#overlay.isAtomic(name) ? { "x-kubernetes-map-type": "atomic" as const } : {}),
      ...this.#goFields.fieldsOf(name),
      ...(isKind ? { "x-kubernetes-group-version-kind": [{ group, kind: typeNameOf(model.className), version }] } : {}),
    };
  }

  #fieldSchema(component: string, field: ModelField): ComponentSchema {
    const quantity = this.#overlay.isQuantity(component, field.name);
    const fallback = this.#overlay.defaultOf(component, field.name);
    const goType = this.#goScalars.typeOf(component, field.name);
    const schema = this.#typeSchema(field.type, quantity ? "quantity" : field.format);
    return {
      ...(goType === undefined ? schema : withGoType(schema, goType)),
      ...this.#overlay.rulesOf(component, field.name),
      ...(fallback === undefined ? {} : { default: fallback }),
    };
  }

  /** The recorded type in JSON schema; a list or map passes its format on to what it holds. */
  #typeSchema(type: string, format: string): ComponentSchema {
    const list = /^(?:Array|Set)<(.*)>$/s.exec(type)?.[1];
    if (list !== undefined) return { type: "array", items: this.#typeSchema(list, format) };
    const map = /^\{ \[key: string\]: (.*?);? \}$/s.exec(type)?.[1];
    if (map !== undefined) return { type: "object", additionalProperties: this.#typeSchema(map, format) };
    if (format === "quantity") return ref(QUANTITY);
    switch (type) {
      case "string":
        return format === "" ? { type: "string" } : { type: "string", format };
      case "boolean":
        return { type: "boolean" };
      case "number":
        return format === "double" ? { type: "number", format } : integer(format);
      case "Date":
        return ref(TIME);
      case "V1MicroTime":
        return ref(MICRO_TIME);
      case "IntOrString":
        return ref(INT_OR_STRING);
      default:
        return classesIn(type).length === 0 ? ANY : ref(this.nameOf(type));
    }
  }
}

/** What the model says in prose; `undefined` when it says nothing. */
export function descriptionsOf(model: Model): Descriptions {
  const descriptions: Record<string, string> = {};
  if (model.description !== undefined) descriptions[""] = model.description;
  for (const field of model.fields) if (field.description !== undefined) descriptions[field.name] = field.description;
  return descriptions;
}

/** The Go type is that of one value: a list's is what it holds. */
function withGoType(schema: ComponentSchema, goType: string): ComponentSchema {
  const { items } = schema;
  return items === undefined ? { ...schema, "x-go-type": goType } : { ...schema, items: withGoType(items, goType) };
}

function ref(component: string): ComponentSchema {
  return { $ref: `${REF_PREFIX}${component}` };
}

function integer(format: string): ComponentSchema {
  return format === "" ? { type: "integer" } : { type: "integer", format };
}
