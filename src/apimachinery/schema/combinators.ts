import type { Check, Findings } from "./findings.ts";
import type { JsonSchema } from "./json-schema.ts";

/** allOf, anyOf, oneOf and not, with the texts of kube-openapi; the failures of the alternative that came furthest are added. */
export function combinatorChecks(schema: JsonSchema, compile: (part: JsonSchema) => Check): Check | undefined {
  const checks = [
    schema.anyOf === undefined ? undefined : anyOf(schema.anyOf.map(compile)),
    schema.oneOf === undefined ? undefined : oneOf(schema.oneOf.map(compile)),
    schema.allOf === undefined ? undefined : allOf(schema.allOf.map(compile)),
    schema.not === undefined ? undefined : not(compile(schema.not)),
  ].filter((check) => check !== undefined);
  if (checks.length === 0) return undefined;
  return (value, path, findings) => {
    for (const check of checks) check(value, path, findings);
  };
}

function anyOf(alternatives: readonly Check[]): Check {
  return (value, path, findings) => {
    let best: Findings | undefined;
    for (const alternative of alternatives) {
      const result = run(alternative, value, path);
      if (result.errors.length === 0) {
        findings.matches += result.matches;
        return;
      }
      if (best === undefined || result.matches > best.matches) best = result;
    }
    add(findings, path, "must validate at least one schema (anyOf)");
    if (best !== undefined) merge(findings, best);
  };
}

function oneOf(alternatives: readonly Check[]): Check {
  return (value, path, findings) => {
    let best: Findings | undefined;
    let valid = 0;
    for (const alternative of alternatives) {
      const result = run(alternative, value, path);
      if (result.errors.length === 0) {
        valid++;
        findings.matches += result.matches;
      } else if (best === undefined || result.matches > best.matches) best = result;
    }
    if (valid === 1) return;
    const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
    add(findings, path, `must validate one and only one schema (oneOf). ${found}`);
    if (valid === 0 && best !== undefined) merge(findings, best);
  };
}

function allOf(parts: readonly Check[]): Check {
  return (value, path, findings) => {
    let valid = 0;
    for (const part of parts) {
      const before = findings.errors.length;
      part(value, path, findings);
      if (findings.errors.length === before) valid++;
    }
    if (valid === parts.length) return;
    add(findings, path, `must validate all the schemas (allOf)${valid === 0 ? ". None validated" : ""}`);
  };
}

function not(part: Check): Check {
  return (value, path, findings) => {
    if (run(part, value, path).errors.length === 0) add(findings, path, "must not validate the schema (not)");
  };
}

function run(check: Check, value: unknown, path: string): Findings {
  const findings: Findings = { errors: [], matches: 0 };
  check(value, path, findings);
  return findings;
}

function merge(findings: Findings, other: Findings): void {
  findings.errors.push(...other.errors);
  findings.matches += other.matches;
}

/** These carry no field of their own upstream, which prints as `<nil>`. */
function add(findings: Findings, path: string, text: string): void {
  const detail = `${JSON.stringify(path)} ${text}`;
  findings.errors.push({
    type: "FieldValueInvalid",
    field: "<nil>",
    value: "",
    detail,
  });
}
