import type { Findings } from "../validation.ts";
import { eachEntry, invalidFor } from "../validation.ts";

/** What is wrong with a key of a ConfigMap or Secret (`validation.IsConfigMapKey`). */
export function configKeyErrors(key: string): readonly string[] {
  if (/^[-_a-zA-Z0-9][-._a-zA-Z0-9]{0,252}$/.test(key)) return VALID;
  return [
    ...(key.length > 253 ? ["must be no more than 253 characters"] : []),
    ...(/^[-._a-zA-Z0-9]+$/.test(key) ? [] : [RULE]),
    ...(key === "." || key === ".." ? [`must not be '${key}'`] : []),
    ...(key.startsWith("..") && key !== ".." ? ["must not start with '..'"] : []),
  ];
}

/** Every key of a map that is none of a ConfigMap or Secret. */
export function configKeys(data: Readonly<Record<string, string>> | undefined, field: string): Findings {
  return eachEntry(data, (key) => invalidFor(`${field}[${key}]`, key, configKeyErrors(key)));
}

const VALID: readonly string[] = [];
const RULE =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
