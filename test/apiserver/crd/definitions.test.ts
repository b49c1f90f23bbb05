import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CustomResourceDefinition } from "../../../src/api/index.ts";
import { fixture, object } from "../fixture.ts";

type Row = { readonly what: string; readonly spec: object; readonly message: string };

/** What Kubernetes 1.34 says of definitions that have something wrong, one a line. */
const rows = readFileSync(new URL("definitions.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Row)
  .map(({ what, spec, message }) => [what, spec, message] as const);

const { ask } = fixture();
const PREAMBLE = 'CustomResourceDefinition.apiextensions.k8s.io "things.ex.io" is invalid: ';

describe("a definition", () => {
  it.each(rows)("with %s", (_what, spec, message) => {
    const definition = object(
      "apiextensions.k8s.io/v1",
      "CustomResourceDefinition",
      { name: "things.ex.io" },
      { spec },
    );
    const answer = ask({
      verb: "create",
      kind: CustomResourceDefinition,
      object: definition,
      options: { dryRun: true },
    });
    expect(answer.ok ? "taken" : answer.status.message?.replace(PREAMBLE, "")).toBe(message);
  });
});

it("an established definition keeps authorities that can be read", () => {
  const { ask: askAfresh, good, settle } = fixture();
  const at = { kind: CustomResourceDefinition, name: "things.ex.io" } as const;
  const bundle = (text: string): string => Buffer.from(text).toString("base64");
  const certificate = bundle("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const definition = (caBundle: string) => {
    const schema = { openAPIV3Schema: { type: "object" } };
    const clientConfig = { url: "https://x/", caBundle };
    const conversion = { strategy: "Webhook", webhook: { clientConfig, conversionReviewVersions: ["v1"] } };
    const versions = [{ name: "v1", served: true, storage: true, schema }];
    const names = { plural: "things", kind: "Thing" };
    const spec = { group: "ex.io", scope: "Namespaced", names, versions, conversion };
    return object("apiextensions.k8s.io/v1", "CustomResourceDefinition", { name: at.name }, { spec });
  };
  const changed = (caBundle: string): string => {
    const { resourceVersion = "" } = good({ verb: "get", ...at }).metadata;
    const next = definition(caBundle);
    const answer = askAfresh({
      verb: "update",
      ...at,
      object: { ...next, metadata: { ...next.metadata, resourceVersion } },
    });
    return answer.ok ? "taken" : (answer.status.message ?? "").replace(PREAMBLE, "");
  };
  const refused = (value: string, why: string): string =>
    `spec.conversion.webhookClientConfig.caBundle: Invalid value: ${JSON.stringify(value)}: unable to load root certificates: ${why}`;
  good({ verb: "create", kind: CustomResourceDefinition, object: definition(certificate) });
  settle();
  const key = bundle("-----BEGIN KEY-----\nAAAA\n-----END KEY-----\n");
  expect(changed(bundle("nothing"))).toBe(refused(bundle("nothing"), "unable to parse bytes as PEM block"));
  expect(changed(key)).toBe(refused(key, "no valid certificate authority data seen"));
  expect(changed(certificate)).toBe("taken");
});
