import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { builtinDescriptors } from "../../../src/api/index.ts";
import { apiVersionOf } from "../../../src/apimachinery/index.ts";
import { bodyDecoders } from "../../../src/serving/index.ts";

type Encoded = { readonly json: { readonly apiVersion: string; readonly kind: string }; readonly body: Uint8Array };

/**
 * Two lines for an object: as client-go's types write it in JSON, and in protobuf (base64). Every kind is there twice: with each field
 * of each message set where the message is first met, and with pointers to zero in place of values.
 */
const LINES = readFileSync(join(import.meta.dirname, "client-go.txt"), "utf8")
  .trim()
  .split("\n");
const encoded: readonly Encoded[] = LINES.flatMap((line, index) =>
  index % 2 === 0 ? [{ json: JSON.parse(line), body: Buffer.from(LINES[index + 1] ?? "", "base64") }] : [],
);
const named = encoded.map((object) => ({ ...object, name: `${object.json.apiVersion} ${object.json.kind}` }));

describe("bodies as client-go writes them", () => {
  it.each(named)("$name says what its JSON says", ({ json, body }) => {
    const decoded = bodyDecoders()["application/vnd.kubernetes.protobuf"]?.(body).value;
    expect(withoutNulls(decoded)).toEqual(withoutNulls(json));
  });

  it("are known of every kind served", () => {
    const known = new Set(named.map(({ name }) => name));
    const served = builtinDescriptors.map(({ kind }) => `${apiVersionOf(kind)} ${kind.kind}`);
    expect(served.filter((name) => !known.has(name))).toEqual([]);
  });
});

/** Go writes null for times and lists that are not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNulls(item)]));
}
