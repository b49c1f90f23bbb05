/** apiextensions/v1 JSONSchemaProps, as far as structural schemas use it. */
export type JsonSchema = {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly format?: string;
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "atomic" | "granular";
  readonly "x-kubernetes-patch-strategy"?: string;
  readonly "x-kubernetes-patch-merge-key"?: string;
  /** The Go type behind a part of a built-in kind (`v1.DeploymentSpec`), which messages name. */
  readonly "x-go-type"?: string;
  /** Of built-in types, which are Go structs: fields whose zero is kept, that are always there, that are written even when empty. */
  readonly "x-go-pointers"?: readonly string[];
  readonly "x-go-structs"?: readonly string[];
  readonly "x-go-written"?: readonly string[];
  /** Of such types, too: times that are written as null while there is none. */
  readonly "x-go-times"?: readonly string[];
  /** And lists that are written so. */
  readonly "x-go-lists"?: readonly string[];
  readonly "x-kubernetes-validations"?: readonly Readonly<Record<string, unknown>>[];
};
