import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { namespaceLifecyclePlugin } from "../../src/apiserver/index.ts";
import { defaultAdmission, storageProtection } from "../../src/kube/index.ts";
import { fileSchemaSource } from "../../src/scenario/schemas/source.ts";
import { bodyDecoders } from "../../src/serving/index.ts";
import { type Door, door, type Reply } from "./door.ts";
import { fixture } from "./fixture.ts";

type Fields = Readonly<Record<string, unknown>>;
type Named = Fields & { readonly metadata: Fields & { readonly name: string } };

/**
 * One change to the object: the dotted path it is made at, and what stands there then; absent is removal. Or a patch: its type, body,
 * query and subresource, where the object differs from what was created once it is applied, and who owns what then.
 */
type Change = {
  readonly create?: string;
  readonly update?: string;
  readonly status?: string;
  readonly to?: unknown;
  readonly patch?: keyof typeof PATCH_TYPES;
  readonly body?: unknown;
  readonly query?: string;
  readonly sub?: string;
  readonly becomes?: Fields;
  readonly owned?: readonly string[];
  /** Code, reason and message. */
  readonly answer: string;
  readonly warned?: readonly string[];
};

/** A valid object of a kind, and what kube-apiserver made of it and of changes to it. */
type Golden = {
  readonly path: string;
  readonly object: Named;
  /** Where the object differs once it is created: `-` is gone. */
  readonly created?: Fields;
  readonly warned?: readonly string[];
  readonly cases?: readonly Change[];
};

const PATCH_TYPES = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;
const WRITER = { "user-agent": "writer/1" };

const goldens = JSON.parse(readFileSync(join(import.meta.dirname, "kinds.json"), "utf8")) as readonly Golden[];

describe("a kind kube-apiserver serves", () => {
  it.each(goldens)("is created, changed and refused as there: $path $object.metadata.name", (golden) => {
    const { path, object, created, warned, cases = [] } = golden;
    const admission = [namespaceLifecyclePlugin, ...defaultAdmission, storageProtection];
    const asked = door(fixture({ schemas: fileSchemaSource(), admission }), { decoders: bodyDecoders() });
    const answers = (changes: readonly Change[]): unknown => changes.map((change) => told(asked, golden, change));
    const news = cases.filter(({ create }) => create !== undefined);
    expect(answers(news)).toEqual(news.map(expected));

    const reply = asked.call("POST", path, object, WRITER);
    expect(reply.status).toBe(201);
    if (warned !== undefined) expect(warningsOf(reply)).toEqual(warned);
    if (created !== undefined) expect(plain(JSON.parse(reply.text))).toEqual(merged(object, created));

    const rest = cases.filter(({ create, patch }) => create === undefined && patch === undefined);
    expect(answers(rest)).toEqual(rest.map(expected));

    const patches = cases.filter(({ patch }) => patch !== undefined);
    const before = versionless(JSON.parse(reply.text));
    expect(patches.map((change) => patched(asked, golden, change))).toEqual(
      patches.map(({ becomes, owned, ...change }) => ({
        ...expected(change),
        ...(owned === undefined ? {} : { owned, object: merged(before, becomes ?? {}) }),
      })),
    );
  });
});

function expected({ answer, warned = [] }: Change): Fields {
  return { answer, warned };
}

function patched(asked: Door, { path, object }: Golden, change: Change): Fields {
  const { patch = "json", body, query = "", sub, owned } = change;
  const own = `${path}/${object.metadata.name}${sub === undefined ? "" : `/${sub}`}`;
  const sent = typeof body === "string" ? Buffer.from(body) : body;
  const headers = { ...WRITER, "content-type": PATCH_TYPES[patch] };
  const reply = asked.call("PATCH", `${own}?dryRun=All&${query}`, sent, headers);
  const answered = { answer: answerOf(reply), warned: warningsOf(reply) };
  if (owned === undefined) return answered;
  const after = JSON.parse(reply.text);
  return { ...answered, owned: (after.metadata.managedFields ?? []).map(ownerText), object: versionless(after) };
}

function ownerText({ manager, operation, fieldsV1 }: Fields): string {
  return `${manager} ${operation} ${JSON.stringify(fieldsV1)}`;
}

/** An object without what differs from one server to the next, and from one version of it to the next. */
function versionless(object: Named): unknown {
  const { generation, ...metadata } = (plain(object) as Named).metadata;
  return { ...(plain(object) as Named), metadata };
}

function told(asked: Door, { path, object }: Golden, change: Change): unknown {
  const { create, update, status } = change;
  const changed = withChange(object, (create ?? update ?? status ?? "").split("."), change.to) as Named;
  const own = `${path}/${object.metadata.name}`;
  const reply =
    create === undefined
      ? asked.call("PUT", `${own}${status === undefined ? "" : "/status"}?dryRun=All`, versioned(asked, own, changed))
      : asked.call("POST", `${path}?dryRun=All`, changed);
  return { answer: answerOf(reply), warned: warningsOf(reply) };
}

function answerOf({ status, text }: Reply): string {
  if (status < 300) return `${status}`;
  const { code, reason, message } = JSON.parse(text);
  return `${code} ${reason}: ${message}`;
}

function versioned(asked: Door, path: string, object: Named): Named {
  const { resourceVersion } = asked.json("GET", path).metadata;
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

function warningsOf({ headers }: Reply): readonly string[] {
  return [headers.warning ?? []].flat().map((line) => JSON.parse(line.replace(/^299 - /, "")));
}

/** `value` with what is at a path put in its place, or taken away. */
function withChange(value: unknown, [step = "", ...rest]: readonly string[], to: unknown): unknown {
  if (Array.isArray(value)) {
    const items = [...value];
    const index = Number(step);
    if (rest.length === 0 && to === undefined) items.splice(index, 1);
    else items[index] = rest.length === 0 ? to : withChange(items[index], rest, to);
    return items;
  }
  const { [step]: before, ...others } = value as Fields;
  if (rest.length > 0) return { ...(value as Fields), [step]: withChange(before, rest, to) };
  return to === undefined ? others : { ...(value as Fields), [step]: to };
}

/** What was sent, with the differences laid over it. */
function merged(sent: unknown, difference: unknown): unknown {
  if (typeof difference !== "object" || difference === null || typeof sent !== "object" || sent === null)
    return difference;
  if (Array.isArray(difference)) return difference;
  if (Array.isArray(sent)) return sent.map((item, index) => part(item, (difference as Fields)[String(index)]));
  const whole: Record<string, unknown> = { ...sent };
  for (const [field, value] of Object.entries(difference)) {
    if (value === "-") delete whole[field];
    else whole[field] = part((sent as Fields)[field], value);
  }
  return whole;
}

function part(sent: unknown, difference: unknown): unknown {
  return difference === undefined ? sent : merged(sent, difference);
}

/** An object without what differs from one server to the next. */
function plain(object: Named): unknown {
  const { uid, creationTimestamp, resourceVersion, managedFields, ...metadata } = object.metadata;
  const { lastPhaseTransitionTime, ...status } = (object.status ?? {}) as Fields;
  return { ...object, metadata, ...(object.status === undefined ? {} : { status }) };
}
