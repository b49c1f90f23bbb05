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
