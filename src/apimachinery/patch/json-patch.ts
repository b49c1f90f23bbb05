import { deepEqual, isRecord } from "../../std/index.ts";
import { goJsonType } from "../schema/go-decoding.ts";
import { failure, StatusError, statusErrors } from "../status-error.ts";

/** One operation of RFC 6902. */
export type JsonPatchOperation = {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
};

/** Kubernetes' bound on the operations of one patch (`maxJSONPatchOperations`). */
const MAX_OPERATIONS = 10_000;

/**
 * RFC 6902: `document` after all operations, or none; untouched subtrees keep their reference. Throws 400 for what is no patch
 * and 422 for one that does not fit the document. Like kube-apiserver, the latter does not tell which operation failed; its `cause`
 * does, in the words of the library upstream uses (evanphx/json-patch).
 */
export function applyJsonPatch(document: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations))
    throw badPatch(`json: cannot unmarshal ${goJsonType(operations)} into Go value of type []handlers.jsonPatchOp`);
  for (const operation of operations) checkOperation(operation);
  if (operations.length > MAX_OPERATIONS) {
    const limit = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`;
    throw new StatusError(failure("RequestEntityTooLarge", `Request entity too large: ${limit}`));
  }
  const result = operations.reduce((state: unknown, operation: unknown) => applyOperation(state, operation), document);
  return deepEqual(result, document) ? document : result;
}

function applyOperation(document: unknown, raw: unknown): unknown {
  const operation = raw as JsonPatchOperation;
  try {
    return appliedOperation(document, operation);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    throw inapplicable(wordsOf(operation, String(error.cause ?? "")));
  }
}

/** What is said when the parent of a path is not there. */
const NO_PARENT = "";

/** An operation that does not apply, and why: as the library says it. */
function wordsOf({ op, path, from }: JsonPatchOperation, why: string): string {
  const missing = "missing value";
  switch (op) {
    case "add":
    case "remove":
      return why === NO_PARENT
        ? `${op} operation does not apply: doc is missing path: ${JSON.stringify(path)}: ${missing}`
        : `error in ${op} for path: '${path}': ${why}`;
    case "replace":
      return `replace operation does not apply: doc is missing ${why === NO_PARENT ? "path" : "key"}: ${path}: ${missing}`;
    case "move":
    case "copy":
      return why === NO_PARENT
        ? `${op} operation does not apply: doc is missing from path: ${from}: ${missing}`
        : `error in ${op} for ${op === "copy" ? "from" : "path"}: '${from}': ${why}`;
    case "test":
      if (why === TEST_FAILED) return `testing value ${path} failed: ${TEST_FAILED}`;
      return why === NO_PARENT
        ? `test operation does not apply: is missing path: ${path}: ${missing}`
        : `error in test for path: '${path}': ${why}`;
    default:
      return `Unexpected kind: ${op ?? "unknown"}`;
  }
}

const TEST_FAILED = "test failed";

function appliedOperation(document: unknown, operation: JsonPatchOperation): unknown {
  const path = pointer(operation.path);
  switch (operation.op) {
    case "add":
      return added(document, path, operation.value ?? null);
    case "remove":
      return removed(document, path);
    case "replace":
      return replaced(document, path, operation.value ?? null);
    case "move": {
      const from = pointer(operation.from);
      return added(removed(document, from), path, valueAt(document, from));
    }
    case "copy":
      return added(document, path, valueAt(document, pointer(operation.from)) ?? null);
    case "test":
      return tested(document, path, operation.value);
    default:
      throw inapplicable();
  }
}

/** Go reads a patch into typed operations before it looks at any of them. */
function checkOperation(operation: unknown): void {
  if (!isRecord(operation))
    throw badPatch(`json: cannot unmarshal ${goJsonType(operation)} into Go value of type handlers.jsonPatchOp`);
  for (const field of ["op", "path", "from"]) {
    const value = operation[field];
    if (value === undefined || value === null || typeof value === "string") continue;
    throw badPatch(
      `json: cannot unmarshal ${goJsonType(value)} into Go struct field jsonPatchOp.${field} of type string`,
    );
  }
}

/** The paths of what operations state beyond RFC 6902. */
export function unknownOperationFields(operations: unknown): readonly string[] {
  if (!Array.isArray(operations)) return [];
  return operations.flatMap((operation: unknown, index) =>
    isRecord(operation)
      ? Object.keys(operation)
          .filter((field) => !OPERATION_FIELDS.has(field))
          .map((field) => `[${index}].${field}`)
      : [],
  );
}

const OPERATION_FIELDS = new Set(["op", "path", "from", "value"]);

function badPatch(why: string): StatusError {
  return statusErrors.badRequest(`error decoding patch: ${why}`);
}

function pointer(path: unknown): readonly string[] {
  if (path === "") return [];
  if (typeof path !== "string" || !path.startsWith("/")) throw inapplicable();
  const segments = path.slice(1).split("/");
  return segments.map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

type Container = readonly unknown[] | Readonly<Record<string, unknown>>;

/** The parent of `path` rebuilt by `change`, and every ancestor up to the root. */
function changed(node: unknown, path: readonly string[], change: (parent: Container, key: string) => unknown): unknown {
  const [key = "", ...rest] = path;
  if (!isContainer(node)) throw inapplicable();
  if (rest.length === 0) return change(node, key);
  const child = changed(parentOf(node, key), rest, change);
  return isArray(node) ? node.with(indexOf(node, key), child) : { ...node, [key]: child };
}

function added(document: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  return changed(document, path, (parent, key) => {
    if (!isArray(parent)) return { ...parent, [key]: value };
    const index = key === "-" ? parent.length : arrayIndex(key, parent.length);
    if (index === undefined || index > parent.length) throw inapplicable(indexError(key));
    return parent.toSpliced(index, 0, value);
  });
}

function removed(document: unknown, path: readonly string[]): unknown {
  if (path.length === 0) throw inapplicable();
  return changed(document, path, (parent, key) => {
    if (isArray(parent)) return parent.toSpliced(indexOf(parent, key), 1);
    if (!Object.hasOwn(parent, key)) throw inapplicable(`Unable to remove nonexistent key: ${key}: missing value`);
    const { [key]: _, ...rest } = parent;
    return rest;
  });
}

function replaced(document: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  return changed(document, path, (parent, key) => {
    // In an object the library does not mind that there is nothing to replace.
    return isArray(parent) ? parent.with(indexOf(parent, key), value) : { ...parent, [key]: value };
  });
}

/** Upstream lets a test for null pass where nothing is. */
function tested(document: unknown, path: readonly string[], expected: unknown): unknown {
  let node: unknown = document;
  for (const key of path) {
    if (!isContainer(node)) throw inapplicable();
    node = isArray(node) ? node[indexOf(node, key)] : ownValue(node, key);
  }
  if (!deepEqual(node ?? null, expected ?? null)) throw inapplicable(TEST_FAILED);
  return document;
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  let node = document;
  for (const [depth, key] of path.entries()) {
    if (!isContainer(node)) throw inapplicable();
    const isLast = depth === path.length - 1;
    node = isLast && !isArray(node) ? ownValue(node, key) : childOf(node, key);
  }
  return node;
}

/** What stands on the way to a value: without it there is no parent. */
function parentOf(node: Container, key: string): unknown {
  const index = isArray(node) ? arrayIndex(key, node.length) : undefined;
  const child = isArray(node) ? node[index ?? -1] : ownValue(node, key);
  if (child === undefined) throw inapplicable();
  return child;
}

function childOf(node: Container, key: string): unknown {
  if (isArray(node)) return node[indexOf(node, key)];
  if (!Object.hasOwn(node, key)) throw inapplicable();
  return node[key];
}

function ownValue(node: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(node, key) ? node[key] : undefined;
}

function indexOf(node: readonly unknown[], key: string): number {
  const index = arrayIndex(key, node.length);
  if (index === undefined || index >= node.length) throw inapplicable(indexError(key));
  return index;
}

function indexError(key: string): string {
  return /^[+-]?\d+$/.test(key)
    ? `Unable to access invalid index: ${Number(key)}: invalid index referenced`
    : `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
}

/** The library upstream uses (evanphx/json-patch) counts negative indexes from the end. */
function arrayIndex(key: string, length: number): number | undefined {
  if (!/^-?\d+$/.test(key)) return undefined;
  const index = Number(key);
  if (index >= 0) return index;
  return index + length >= 0 ? index + length : undefined;
}

function isContainer(node: unknown): node is Container {
  return typeof node === "object" && node !== null;
}

function isArray(node: Container): node is readonly unknown[] {
  return Array.isArray(node);
}

/** `errors.NewGenericServerResponse(422, …)`, with which kube-apiserver answers a patch that does not apply. */
function inapplicable(why = NO_PARENT): StatusError {
  const message = "the server rejected our request due to an error in our request";
  return new StatusError(failure("Invalid", message, {}), { cause: why });
}
