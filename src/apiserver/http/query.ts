import { failure, StatusError, statusErrors } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import type { RequestOptions, Verb } from "../request.ts";

type MutableOptions = { -readonly [Field in keyof RequestOptions]: RequestOptions[Field] };

const TEXTS = ["labelSelector", "fieldSelector", "continue", "resourceVersion", "fieldManager"] as const;
const FLAGS = ["allowWatchBookmarks", "sendInitialEvents", "force"] as const;
const NUMBERS = ["limit", "timeoutSeconds", "gracePeriodSeconds"] as const;
const POLICIES = ["Orphan", "Background", "Foreground"] as const;
const VALIDATIONS = ["Ignore", "Strict", "Warn"] as const;
const MATCHES = ["Exact", "NotOlderThan"] as const;

/** The options a query string states; bodies that arrive this way are checked for unknown fields, by default with a warning. */
export function readQuery(query: URLSearchParams, verb: Verb): RequestOptions {
  const options: MutableOptions = {};
  for (const name of TEXTS) {
    const text = query.get(name);
    if (text !== null && text !== "") options[name] = text;
  }
  for (const name of FLAGS) {
    const text = query.get(name);
    if (text !== null) options[name] = text !== "false" && text !== "0";
  }
  for (const name of NUMBERS) {
    const text = query.get(name);
    if (text !== null && text !== "") options[name] = readNumber(name, text);
  }
  if (query.getAll("dryRun").length > 0) options.dryRun = readDryRun(query.getAll("dryRun"));
  const policy = query.get("propagationPolicy");
  if (policy) options.propagationPolicy = oneOf("propagationPolicy", policy, POLICIES);
  const match = query.get("resourceVersionMatch");
  if (match) options.resourceVersionMatch = oneOf("resourceVersionMatch", match, MATCHES);
  if (verb === "create" || verb === "update" || verb === "patch")
    options.fieldValidation = oneOf("fieldValidation", query.get("fieldValidation") || "Warn", VALIDATIONS);
  return options;
}

/** What a DeleteOptions body says, over what the query says. */
export function readDeleteOptions(body: unknown, options: RequestOptions): RequestOptions {
  if (body === undefined || body === null) return options;
  if (!isRecord(body)) throw statusErrors.badRequest("the DeleteOptions provided are no object");
  const read: MutableOptions = { ...options };
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } = body;
  if (gracePeriodSeconds !== undefined && gracePeriodSeconds !== null) {
    if (!Number.isInteger(gracePeriodSeconds)) throw notANumber("gracePeriodSeconds", String(gracePeriodSeconds));
    read.gracePeriodSeconds = gracePeriodSeconds as number;
  }
  if (typeof propagationPolicy === "string" && propagationPolicy !== "")
    read.propagationPolicy = oneOf("propagationPolicy", propagationPolicy, POLICIES);
  else if (typeof orphanDependents === "boolean") read.propagationPolicy = orphanDependents ? "Orphan" : "Background";
  if (isRecord(preconditions)) read.preconditions = readPreconditions(preconditions);
  if (Array.isArray(dryRun) && dryRun.length > 0) read.dryRun = readDryRun(dryRun.map(String));
  return read;
}

function readPreconditions(stated: Readonly<Record<string, unknown>>): NonNullable<RequestOptions["preconditions"]> {
  const { uid, resourceVersion } = stated;
  return {
    ...(typeof uid === "string" ? { uid } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
  };
}

function readDryRun(values: readonly string[]): boolean {
  const stated = values.filter((value) => value !== "");
  for (const value of stated) if (value !== "All") throw notSupported("dryRun", value, ["All"]);
  return stated.length > 0;
}

function readNumber(name: string, text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw notANumber(name, text);
  return Number(text);
}

function notANumber(name: string, text: string): StatusError {
  return statusErrors.badRequest(
    `invalid value for ${name}: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

function oneOf<T extends string>(field: string, value: string, values: readonly T[]): T {
  const known = values.find((candidate) => candidate === value);
  if (known === undefined) throw notSupported(field, value, values);
  return known;
}

function notSupported(field: string, value: string, values: readonly string[]): StatusError {
  const supported = values.map((text) => JSON.stringify(text)).join(", ");
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`;
  return new StatusError(
    failure("Invalid", `Options.meta.k8s.io "" is invalid: ${field}: ${message}`, {
      group: "meta.k8s.io",
      kind: "Options",
      causes: [{ reason: "FieldValueNotSupported", message, field }],
    }),
  );
}
