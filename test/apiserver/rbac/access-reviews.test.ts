import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileSchemaSource } from "../../../src/scenario/schemas/source.ts";
import { door } from "../door.ts";
import { fixture } from "../fixture.ts";

type Case = {
  readonly case: string;
  readonly path: string;
  readonly user?: string;
  readonly body: unknown;
  readonly code: number;
  readonly message?: string;
  readonly allowed?: boolean;
  readonly status?: object;
};

/** Reviews, and how kube-apiserver 1.34 answers them where there is nobody but the default policy. */
const CASES = JSON.parse(readFileSync(join(import.meta.dirname, "access-reviews.json"), "utf8")) as readonly Case[];

describe("reviews of access", () => {
  const { json, call } = door(fixture({ rbac: true, schemas: fileSchemaSource() }));
  const headersOf = (user: string | undefined): Record<string, string> => ({
    "content-type": "application/json",
    ...(user === undefined ? {} : { "impersonate-user": user }),
    ...(user?.startsWith("system:node:") === true ? { "impersonate-group": "system:nodes" } : {}),
  });

  it.each(CASES)("are answered as upstream answers them: $case", ({ path, user, body, ...expected }) => {
    const answer = json("POST", path, body, headersOf(user));
    if (expected.message !== undefined)
      expect([answer.code, answer.message]).toEqual([expected.code, expected.message]);
    else expect(answer.status).toMatchObject(expected.status ?? { allowed: expected.allowed });
  });

  it("refuse access in a way no browser takes for a page", () => {
    const refused = call("GET", "/api/v1/nodes", undefined, headersOf("<b>&"));
    expect(refused).toMatchObject({ status: 403, headers: { "x-content-type-options": "nosniff" } });
    expect(JSON.parse(refused.text).message).toBe(
      'nodes is forbidden: User "&lt;b&gt;&amp;" cannot list resource "nodes" in API group "" at the cluster scope',
    );
    const missing = call("GET", "/api/v1/nodes/zz", undefined, headersOf(undefined));
    expect(missing.headers).not.toHaveProperty("x-content-type-options");
  });

  it("tell nobody what is wrong with a body they may not send", () => {
    const answer = json("POST", "/api/v1/namespaces/default/pods", "garbage", headersOf("alice"));
    expect([answer.code, answer.message]).toEqual([
      403,
      'pods is forbidden: User "alice" cannot create resource "pods" in API group "" in the namespace "default"',
    ]);
  });
});
