import { type FieldError, type StatusError, statusErrors } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import type { RequestOptions, Verb } from "../request.ts";

type MutableOptions = { -readonly [Field in keyof RequestOptions]: RequestOptions[Field] };

const TEXTS = ["labelSelector", "fieldSelector", "continue", "resourceVersion", "fieldManager"] as const;
const FLAGS = ["allowWatchBookmarks", "sendInitialEvents", "force"] as const;
const NUMBERS = ["limit", "timeoutSeconds", "gracePeriodSeconds"] as const;
const POLICIES = ["Foreground", "Background", "Orphan"] as const;
const VALIDATIONS = ["Ignore", "Strict", "Warn"] as const;
const MATCHES = ["Exact", "NotOlderThan"] as const;

/** The kind of options a verb takes, as messages name it. */
const OPTIONS: Readonly<Record<Verb, string>> = {
  get: "GetOptions",
  list: "ListOptions",
  watch: "ListOptions",
  create: "CreateOptions",
  update: "UpdateOptions",
  patch: "PatchOptions",
  delete: "DeleteOptions",
  deletecollection: "DeleteOptions",
};

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
    if (text !== null && text !== "") options[name] = readNumber(text);
  }
  const kind = OPTIONS[verb];
  const policy = query.get("propagationPolicy");
  if (policy) options.propagationPolicy = readPolicy(policy);
  const match = query.get("resourceVersionMatch");
  if (match)
    options.resourceVersionMatch = oneOf("ListOptions", "resourceVersionMatch", match, {
      values: MATCHES,
      // A watch can only be told one thing, which is checked with the rest of its options.
      told: verb === "watch" ? ["NotOlderThan"] : [...MATCHES, ""],
    });
  if (query.getAll("dryRun").length > 0) options.dryRun = readDryRun(kind, query.getAll("dryRun"));
  if (verb === "create" || verb === "update" || verb === "patch")
    options.fieldValidation = oneOf(kind, "fieldValidation", query.get("fieldValidation") || "Warn", {
      values: VALIDATIONS,
      told: ["", ...VALIDATIONS],
    });
  return options;
}

/** What a DeleteOptions body says in place of the query; selectors have no place in it. */
export function readDeleteOptions(body: unknown, options: RequestOptions): RequestOptions {
  if (body === undefined || body === null) return options;
  if (!isRecord(body)) throw statusErrors.badRequest("the DeleteOptions provided are no object");
  const { kind = "DeleteOptions", apiVersion = "v1" } = body;
  if (kind !== "DeleteOptions")
    throw statusErrors.badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"`,
    );
  const { gracePeriodSeconds: _, propagationPolicy: __, dryRun: ___, ...selecting } = options;
  const read: MutableOptions = selecting;
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } = body;
  if (gracePeriodSeconds !== undefined && gracePeriodSeconds !== null) {
    if (!Number.isInteger(gracePeriodSeconds)) throw notANumber(String(gracePeriodSeconds));
    read.gracePeriodSeconds = gracePeriodSeconds as number;
  }
  if (typeof propagationPolicy === "string" && typeof orphanDependents === "boolean")
    throw invalidOptions("DeleteOptions", {
      type: "FieldValueInvalid",
      field: "propagationPolicy",
      value: propagationPolicy,
      detail: "orphanDependents and deletionPropagation cannot be both set",
    });
  if (typeof propagationPolicy === "string") read.propagationPolicy = readPolicy(propagationPolicy);
  else if (typeof orphanDependents === "boolean") read.propagationPolicy = orphanDependents ? "Orphan" : "Background";
  if (isRecord(preconditions)) read.preconditions = readPreconditions(preconditions);
  if (Array.isArray(dryRun) && dryRun.length > 0) read.dryRun = readDryRun("DeleteOptions", dryRun.map(String));
  return read;
}

function readPolicy(policy: string): (typeof POLICIES)[number] {
  return oneOf("DeleteOptions", "propagationPolicy", policy, { values: POLICIES, told: [...POLICIES, "nil"] });
}

function readPreconditions(stated: Readonly<Record<string, unknown>>): NonNullable<RequestOptions["preconditions"]> {
  const { uid, resourceVersion } = stated;
  return {
    ...(typeof uid === "string" ? { uid } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
  };
}

function readDryRun(kind: string, values: readonly string[]): boolean {
  const stated = values.filter((value) => value !== "");
  if (stated.some((value) => value !== "All")) throw notSupported(kind, "dryRun", values, ["All"]);
  return stated.length > 0;
}

function readNumber(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw notANumber(text);
  return Number(text);
}

function notANumber(text: string): StatusError {
  return statusErrors.badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function oneOf<T extends string>(
  kind: string,
  field: string,
  value: string,
  allowed: { readonly values: readonly T[]; readonly told: readonly string[] },
): T {
  const known = allowed.values.find((candidate) => candidate === value);
  if (known === undefined) throw notSupported(kind, field, value, allowed.told);
  return known;
}

function notSupported(kind: string, field: string, value: unknown, told: readonly string[]): StatusError {
  const supported = told.map((text) => JSON.stringify(text)).join(", ");
  return invalidOptions(kind, {
    type: "FieldValueNotSupported",
    field,
    value,
    detail: `supported values: ${supported}`,
  });
}

function invalidOptions(kind: string, error: FieldError): StatusError {
  return statusErrors.invalid({ group: "meta.k8s.io", kind }, "", [error]);
}
