/** A value as kubectl's JSONPath printer writes it: scalars bare, objects and lists as JSON, nothing for null. */
export function printJsonPathValue(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
