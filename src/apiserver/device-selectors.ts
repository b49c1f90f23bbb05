import { ADMIN_ACCESS_LABEL, deviceStrategy, Namespace, type ResourceDescriptor } from "../api/index.ts";
import { type FieldError, forbidden, invalid } from "../apimachinery/index.ts";
import type { ClusterState } from "./admission.ts";
import type { CelCompiler } from "./cel/compiler.ts";
import { type CelField, type CelType, formatType } from "./cel/types.ts";

/** What one selector may be estimated to cost. */
const MAX_COST = 1_000_000;
const DOMAIN_MAX = 63;
const ID_MAX = 32;
const TEXT_MAX = 64;
const ENTRIES_MAX = 32;

/** Gives the kinds that select devices their strategies, which need a compiler for the selectors and the labels of namespaces. */
export function withDeviceSelectors(
  descriptor: ResourceDescriptor,
  compiler: () => CelCompiler,
  state: () => ClusterState,
): ResourceDescriptor {
  const strategy = deviceStrategy(
    descriptor.kind,
    (expression, path) => checkSelector(expression, path, compiler()),
    (name) => state().get(Namespace, name)?.metadata.labels?.[ADMIN_ACCESS_LABEL] === "true",
  );
  return strategy === undefined ? descriptor : { ...descriptor, strategy };
}

/** The one variable of selectors (`k8s.io/dynamic-resource-allocation/cel`). */
const VARIABLES: ReadonlyMap<string, CelType> = new Map([["device", deviceType()]]);

function deviceType(): CelType {
  const domain: CelType = { kind: "string", maxElements: DOMAIN_MAX };
  const id: CelType = { kind: "string", maxElements: ID_MAX };
  const byName = (value: CelType): CelType => ({ kind: "map", key: id, value, maxElements: ENTRIES_MAX });
  const byDomain = (value: CelType): CelType => ({
    kind: "map",
    key: domain,
    value: byName(value),
    maxElements: ENTRIES_MAX,
  });
  const fields: Readonly<Record<string, CelType>> = {
    driver: domain,
    attributes: byDomain({ kind: "dyn", maxElements: TEXT_MAX }),
    capacity: byDomain({ kind: "opaque", name: "kubernetes.Quantity" }),
  };
  const entries = Object.entries(fields).map(([property, type]) => [property, { property, type }] as const);
  return { kind: "object", name: "kubernetes.DRADevice", fields: new Map<string, CelField>(entries) };
}

function checkSelector(expression: string, field: string, compiler: CelCompiler): readonly FieldError[] {
  const program = compiler.tryCompile(expression, VARIABLES, { bindings: true });
  if (typeof program === "string") return [invalid(field, expression, program)];
  const { type } = program;
  if (type.kind !== "bool" && type.kind !== "dyn")
    return [invalid(field, expression, `must evaluate to bool or the unknown type, not ${formatType(type)}`)];
  return program.estimatedCost() > MAX_COST ? [forbidden(field, "too complex, exceeds cost limit")] : [];
}
