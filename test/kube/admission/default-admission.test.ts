import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { namespaceLifecyclePlugin } from "../../../src/apiserver/index.ts";
import { defaultAdmission } from "../../../src/kube/index.ts";
import { fileSchemaSource } from "../../../src/scenario/schemas/source.ts";
import { door } from "../../apiserver/door.ts";
import { fixture } from "../../apiserver/fixture.ts";

/** One write, and what kube-apiserver answered: the code; code, reason and message; or what then stands at dotted paths. */
type Step = {
  readonly post?: string;
  readonly patch?: string;
  readonly object: object;
  readonly answer: number | string | Readonly<Record<string, unknown>>;
};
type Story = { readonly does: string; readonly steps: readonly Step[] };

const MERGE = { "content-type": "application/merge-patch+json" };
const stories = JSON.parse(
  readFileSync(join(import.meta.dirname, "default-admission.json"), "utf8"),
) as readonly Story[];

describe("admission plugins kube-apiserver runs by default", () => {
  it.each(stories)("$does", ({ steps }) => {
    const admission = [namespaceLifecyclePlugin, ...defaultAdmission];
    const asked = door(fixture({ schemas: fileSchemaSource(), admission }));
    for (const { post, patch = "", object, answer } of steps) {
      const reply = post === undefined ? asked.call("PATCH", patch, object, MERGE) : asked.call("POST", post, object);
      expect(toldAs(answer, reply.status, JSON.parse(reply.text))).toEqual(answer);
    }
  });
});

function toldAs(answer: Step["answer"], status: number, body: Readonly<Record<string, unknown>>): unknown {
  if (status >= 300) return `${status} ${body.reason}: ${body.message}`;
  if (typeof answer !== "object") return status;
  return Object.fromEntries(Object.keys(answer).map((path) => [path, at(body, path.split("."))]));
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((whole, step) => (whole as Record<string, unknown> | undefined)?.[step], value) ?? null;
}
