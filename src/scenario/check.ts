import { formatFieldError, type JsonSchema, pruneUnknown, validateSchema } from "../apimachinery/index.ts";
import { SourceError, type YamlDocument } from "./yaml-source.ts";

/** Checks a document against a schema; unknown fields are mistakes too. Throws SourceError at the first part that is wrong. */
export function checkAgainst(schema: JsonSchema, document: YamlDocument): void {
  const [error] = validateSchema(schema, document.value, "");
  if (error !== undefined) {
    throw new SourceError(document.locateValue(fieldSteps(error.field)), formatFieldError(error).replace(/^\./, ""));
  }
  pruneUnknown(schema, document.value, (path) => {
    const steps = fieldSteps(path);
    throw new SourceError(
      document.locate(steps),
      `unknown field ${path.replace(/^\./, "")}; expected one of ${knownFields(schema, steps.slice(0, -1)).join(", ")}`,
    );
  });
}

/** Splits `spec.steps[0].try` into its steps. */
function fieldSteps(field: string): readonly (string | number)[] {
  return [...field.matchAll(/\[(\d+)\]|\[([^\]]+)\]|([^.[\]]+)/g)].map((match) =>
    match[1] === undefined ? ((match[2] ?? match[3]) as string) : Number(match[1]),
  );
}

function knownFields(schema: JsonSchema, steps: readonly (string | number)[]): readonly string[] {
  let at: JsonSchema | undefined = schema;
  for (const step of steps) at = typeof step === "number" ? at?.items : at?.properties?.[step];
  return Object.keys(at?.properties ?? {}).sort();
}
