import type { ServiceSpec } from "../../api/index.ts";
import type { FieldError } from "../../apimachinery/index.ts";
import { parseIp } from "../../std/index.ts";

type Family = "IPv4" | "IPv6";

/** Which families a Service gets, or why it cannot have them. */
export type FamilyDecision =
  | { readonly ok: true; readonly spec: ServiceSpec }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/**
 * Completes `ipFamilyPolicy` and `ipFamilies` from what the Service asks for and the cluster has, its first family first
 * (`initIPFamilyFields` of `pkg/registry/core/service`).
 */
export function withIpFamilies(spec: ServiceSpec, configured: readonly Family[]): FamilyDecision {
  if (spec.type === "ExternalName") return { ok: true, spec };
  const { clusterIPs = [], ipFamilies = [], ipFamilyPolicy, selector = {} } = spec;
  const isHeadless = clusterIPs[0] === "None" || spec.clusterIP === "None";
  const addresses = isHeadless ? [] : clusterIPs;
  const errors = refusals(spec, { addresses, configured, isHeadless });
  if (errors.length > 0) return { ok: false, errors };
  const isAnyFamily = isHeadless && Object.keys(selector).length === 0;
  const asked = Math.max(addresses.length, ipFamilies.length);
  const policy = ipFamilyPolicy ?? (asked > 1 || isAnyFamily ? "RequireDualStack" : "SingleStack");
  const families: Family[] = addresses.flatMap((address) => parseIp(address)?.family ?? []);
  for (const family of ipFamilies) if (!families.includes(family)) families.push(family);
  if (families.length === 0) families.push(configured[0] as Family);
  const other: Family = families[0] === "IPv4" ? "IPv6" : "IPv4";
  if (policy !== "SingleStack" && families.length === 1 && (configured.includes(other) || isAnyFamily))
    families.push(other);
  const kept = policy === "SingleStack" ? families.slice(0, 1) : families;
  const same =
    ipFamilyPolicy === policy && kept.length === ipFamilies.length && kept.every((one, at) => one === ipFamilies[at]);
  return { ok: true, spec: same ? spec : { ...spec, ipFamilyPolicy: policy, ipFamilies: kept } };
}

function refusals(
  spec: ServiceSpec,
  how: { readonly addresses: readonly string[]; readonly configured: readonly Family[]; readonly isHeadless: boolean },
): readonly FieldError[] {
  const { ipFamilies = [], ipFamilyPolicy, selector = {} } = spec;
  const invalid = (field: string, value: unknown, detail: string): FieldError => ({
    type: "FieldValueInvalid",
    field,
    value,
    detail,
  });
  const errors: FieldError[] = [];
  const isAnyFamily = how.isHeadless && Object.keys(selector).length === 0;
  if (ipFamilyPolicy === "SingleStack" && ipFamilies.length > 1 && how.addresses.length !== 1)
    errors.push(
      invalid(
        "spec.ipFamilyPolicy",
        ipFamilyPolicy,
        "must be RequireDualStack or PreferDualStack when multiple IP families are specified",
      ),
    );
  if (ipFamilyPolicy === "SingleStack" && how.addresses.length > 1)
    errors.push(
      invalid(
        "spec.ipFamilyPolicy",
        ipFamilyPolicy,
        "must be RequireDualStack or PreferDualStack when multiple cluster IPs are specified",
      ),
    );
  if (isAnyFamily) return errors;
  if (ipFamilyPolicy === "RequireDualStack" && how.configured.length < 2)
    errors.push(
      invalid("spec.ipFamilyPolicy", ipFamilyPolicy, "this cluster is not configured for dual-stack services"),
    );
  for (const [index, family] of ipFamilies.entries())
    if (!how.configured.includes(family))
      errors.push(invalid(`spec.ipFamilies[${index}]`, family, "not configured on this cluster"));
  for (const [index, address] of how.addresses.entries()) {
    const family = parseIp(address)?.family;
    if (family !== undefined && !how.configured.includes(family))
      errors.push(invalid(`spec.clusterIPs[${index}]`, address, `${family} is not configured on this cluster`));
  }
  return errors;
}
