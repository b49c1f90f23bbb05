import { type FieldError, goJsonType, notSupported, statusErrors } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import type { RequestOptions, Verb } from "../request.ts";

type MutableOptions = { -readonly [Field in keyof RequestOptions]: RequestOptions[Field] };

const TEXTS = [
  "labelSelector",
  "fieldSelector",
  "continue",
  "resourceVersion",
  "resourceVersionMatch",
  "fieldManager",
] as const;
const FLAGS = ["allowWatchBookmarks", "sendInitialEvents", "force", "orphanDependents"] as const;
const NUMBERS = ["limit", "timeoutSeconds", "gracePeriodSeconds"] as const;
const POLICIES = ["Foreground", "Background", "Orphan"] as const;
const VALIDATIONS = ["", "Ignore", "Strict", "Warn"] as const;

const OPTION_KINDS: Readonly<Partial<Record<Verb, string>>> = {
  create: "CreateOptions",
  update: "UpdateOptions",
  patch: "PatchOptions",
};

/** The options a query string states; bodies that arrive this way are checked for unknown fields, by default with a warning. */
export function readQuery(query: URLSearchParams, verb: Verb): RequestOptions {
  // Most requests state nothing, and to look for each option costs.
  if (query.size === 0) return OPTION_KINDS[verb] === undefined ? {} : { fieldValidation: "Warn" };
  const options: MutableOptions = {};
  for (const name of TEXTS) {
    const text = query.get(name);
    if (text !== null && text !== "") options[name] = text;
  }
  for (const name of FLAGS) {
    const text = query.get(name);
    if (text !== null) options[name] = isFlagSet(text);
  }
  for (const name of NUMBERS) {
    const text = query.get(name);
    if (text !== null) options[name] = readNumber(text);
  }
  const kind = OPTION_KINDS[verb];
  if (kind === undefined) return options;
  const dryRun = query.getAll("dryRun");
  const validation = query.get("fieldValidation") ?? "";
  const known = VALIDATIONS.find((candidate) => candidate === validation);
  const errors = [
    ...dryRunErrors(dryRun),
    ...(known === undefined ? [notSupported("fieldValidation", validation, VALIDATIONS)] : []),
  ];
  if (errors.length > 0) throw statusErrors.invalid({ group: "meta.k8s.io", kind }, "", errors);
  if (dryRun.length > 0) options.dryRun = true;
  if (known === undefined || known === "") options.fieldValidation = "Warn";
  else {
    options.fieldValidation = known;
    options.statedValidation = known;
  }
  return options;
}

/** Whatever is not said to be false is true, as Go's conversion of queries has it. */
export function isFlagSet(text: string): boolean {
  return text !== "0" && text.toLowerCase() !== "false";
}

/** What a DELETE is told: by its body if it has one, by its query otherwise. A selection is always told by the query. */
export function readDeleteOptions(body: unknown, query: URLSearchParams, options: RequestOptions): RequestOptions {
  const { gracePeriodSeconds, orphanDependents, ...selection } = options;
  const stated =
    body === undefined || body === null
      ? {
          gracePeriodSeconds,
          orphanDependents,
          propagationPolicy: query.get("propagationPolicy") ?? undefined,
          dryRun: query.getAll("dryRun"),
        }
      : readBody(body);
  checkDeleteOptions(stated);
  const { propagationPolicy, dryRun, ...rest } = stated;
  const policy =
    (propagationPolicy as RequestOptions["propagationPolicy"]) ??
    (rest.orphanDependents === undefined ? undefined : rest.orphanDependents ? "Orphan" : "Background");
  const read = { ...selection, ...rest, propagationPolicy: policy, ...(dryRun.length === 0 ? {} : { dryRun: true }) };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

type StatedDeletion = {
  readonly gracePeriodSeconds?: number | undefined;
  readonly orphanDependents?: boolean | undefined;
  readonly propagationPolicy?: string | undefined;
  readonly preconditions?: RequestOptions["preconditions"];
  readonly dryRun: readonly string[];
};

function readBody(body: unknown): StatedDeletion {
  const fields = isRecord(body) ? body : {};
  const { kind, apiVersion = "v1" } = fields;
  if (kind && kind !== "DeleteOptions")
    throw statusErrors.badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"`,
    );
  const { uid, resourceVersion } = typed(fields.preconditions, "preconditions", "object", "v1.Preconditions") ?? {};
  const of = "Preconditions.preconditions";
  const preconditions = {
    uid: typed(uid, "uid", "string", "types.UID", of),
    resourceVersion: typed(resourceVersion, "resourceVersion", "string", "string", of),
  };
  const hasPreconditions = preconditions.uid !== undefined || preconditions.resourceVersion !== undefined;
  return {
    gracePeriodSeconds: typed(fields.gracePeriodSeconds, "gracePeriodSeconds", "number", "int64"),
    orphanDependents: typed(fields.orphanDependents, "orphanDependents", "bool", "bool"),
    propagationPolicy: typed(fields.propagationPolicy, "propagationPolicy", "string", "v1.DeletionPropagation"),
    dryRun: (typed(fields.dryRun, "dryRun", "array", "[]string") ?? []).map(String),
    ...(hasPreconditions ? { preconditions: withoutAbsent(preconditions) } : {}),
  };
}

type JsonTypes = {
  readonly string: string;
  readonly number: number;
  readonly bool: boolean;
  readonly array: readonly unknown[];
  readonly object: Readonly<Record<string, unknown>>;
};

function typed<T extends keyof JsonTypes>(
  value: unknown,
  field: string,
  type: T,
  goType: string,
  of = "DeleteOptions",
): JsonTypes[T] | undefined {
  if (value === undefined || value === null) return undefined;
  if (goJsonType(value) === type && (type !== "number" || Number.isInteger(value))) return value as JsonTypes[T];
  const given = typeof value === "number" ? `number${type === "number" ? ` ${value}` : ""}` : goJsonType(value);
  throw statusErrors.badRequest(
    `json: cannot unmarshal ${given} into Go struct field ${of}.${field} of type ${goType}`,
  );
}

function withoutAbsent(preconditions: {
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}): NonNullable<RequestOptions["preconditions"]> {
  const { uid, resourceVersion } = preconditions;
  return { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
}

/** `metav1/validation.ValidateDeleteOptions`. */
function checkDeleteOptions({ orphanDependents, propagationPolicy, dryRun }: StatedDeletion): void {
  const errors: FieldError[] = [];
  if (orphanDependents !== undefined && propagationPolicy !== undefined)
    errors.push({
      type: "FieldValueInvalid",
      field: "propagationPolicy",
      value: propagationPolicy,
      detail: "orphanDependents and deletionPropagation cannot be both set",
    });
  if (propagationPolicy !== undefined && !POLICIES.some((known) => known === propagationPolicy))
    errors.push(notSupported("propagationPolicy", propagationPolicy, [...POLICIES, "nil"]));
  errors.push(...dryRunErrors(dryRun));
  if (errors.length > 0) throw statusErrors.invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
}

/** `metav1/validation.ValidateDryRun`. */
function dryRunErrors(stated: readonly string[]): readonly FieldError[] {
  return stated.every((value) => value === "All") ? [] : [notSupported("dryRun", stated, ["All"])];
}

function readNumber(text: string): number {
  const parsing = `strconv.ParseInt: parsing ${JSON.stringify(text)}`;
  if (!/^[+-]?\d+$/.test(text)) throw statusErrors.badRequest(`${parsing}: invalid syntax`);
  if (BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) throw statusErrors.badRequest(`${parsing}: value out of range`);
  return Number(text);
}
