import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigMap } from "../../../src/api/index.ts";
import { fileSchemaSource } from "../../../src/scenario/schemas/source.ts";
import { object } from "../fixture.ts";
import { type WebhookFixture, webhookFixture } from "./webhook-fixture.ts";

type Reply = Readonly<Record<string, unknown>>;
type Told = { readonly code: number; readonly message?: string };
type Case = { readonly case: string; readonly reply: Reply; readonly told: Readonly<Record<string, Told>> };

/** Answers of a webhook, and what kube-apiserver 1.34 tells the client then; `$uid` stands for the review's. */
const CASES = JSON.parse(readFileSync(join(import.meta.dirname, "webhook-answers.json"), "utf8")) as readonly Case[];
const ROWS = CASES.flatMap(({ case: name, reply, told }) =>
  Object.entries(told).flatMap(([when, expected]) =>
    when.includes(" ")
      ? [[name, when, reply, expected] as const]
      : ["mutating", "validating"].map((kind) => [name, `${kind} ${when}`, reply, expected] as const),
  ),
);
const map = (data: object): ReturnType<typeof object> =>
  object("v1", "ConfigMap", { name: "one", namespace: "default" }, { data });

const schemas = fileSchemaSource();

function served(kind: string, operation: string, reply: Reply): WebhookFixture {
  const made = webhookFixture({ schemas });
  const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] }];
  const hook = { clientConfig: { url: "https://m" }, rules, sideEffects: "None", admissionReviewVersions: ["v1"] };
  if (operation === "update") made.good({ verb: "create", kind: ConfigMap, object: map({ a: "1" }) });
  made.good({
    verb: "create",
    kind: {
      group: "admissionregistration.k8s.io",
      version: "v1",
      kind: `${kind}WebhookConfiguration`,
      plural: `${kind.toLowerCase()}webhookconfigurations`,
      namespaced: false,
    },
    object: object(
      "admissionregistration.k8s.io/v1",
      `${kind}WebhookConfiguration`,
      { name: "x" },
      { webhooks: [{ name: "m.hooks.io", ...hook }] },
    ),
  });
  made.answersTo("m.hooks.io", ({ uid }) => {
    const { status = 200, contentType = "application/json", body, ...review } = reply;
    const whole = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", ...review };
    const text = typeof body === "string" ? body : JSON.stringify(whole);
    return { ok: true, status, contentType, body: text.replaceAll("$uid", uid) };
  });
  return made;
}

describe("what a webhook answers", () => {
  it.each(ROWS)("is told as upstream tells it: %s, %s", (_name, when, reply, expected) => {
    const [kind = "", operation = ""] = when.split(" ");
    const made = served(kind === "mutating" ? "Mutating" : "Validating", operation, reply);
    const options = { fieldValidation: "Warn" } as const;
    const answer = made.send(
      operation === "create"
        ? { verb: "create", kind: ConfigMap, namespace: "default", object: map({ a: "1" }), options }
        : {
            verb: "update",
            kind: ConfigMap,
            namespace: "default",
            name: "one",
            object: map({ a: "1", n: "2" }),
            options,
          },
    );
    const { code, message } = answer.ok ? { code: answer.code } : { ...answer.status };
    const uid = made.reviews()[0]?.uid ?? "";
    expect([code, message]).toEqual([expected.code, expected.message?.replaceAll("$uid", uid)]);
  });
});
