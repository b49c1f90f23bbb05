import type { GroupVersionKind } from "../kind.ts";
import type { JsonSchema } from "./json-schema.ts";

/** Where the schemas of built-in kinds come from; nothing is read before it is asked for. */
export interface SchemaSource {
  /**
   * The schema of a kind with every reference resolved: parts are shared between kinds by reference, and a schema that contains
   * itself (JSONSchemaProps) is cyclic. `undefined` for a kind the source does not know.
   */
  schemaOf(kind: GroupVersionKind): JsonSchema | undefined;
  /** `{components: {schemas}}` of a group version (`v1`, `apps/v1`) as OpenAPI v3 has it, `$ref`s and descriptions kept. */
  document(groupVersion: string): unknown;
}
