import { type ServiceSpec, validateServiceAddresses } from "../../api/index.ts";
import { type FieldError, invalid } from "../../apimachinery/index.ts";
import { deepEqual, parseIp } from "../../std/index.ts";

type Family = "IPv4" | "IPv6";

/** Which families a Service gets, or why it cannot have them. */
export type FamilyDecision =
  | { readonly ok: true; readonly spec: ServiceSpec }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** What the families of a Service depend on beside its own wishes. */
export type FamilySurroundings = {
  /** What the cluster has, its first family first. */
  readonly configured: readonly Family[];
  /** What the Service was before an update. */
  readonly before: ServiceSpec | undefined;
};

type Draft = Omit<ServiceSpec, "ipFamilies" | "ipFamilyPolicy"> & {
  readonly clusterIPs: readonly string[];
  readonly ipFamilies: readonly Family[];
  readonly ipFamilyPolicy: NonNullable<ServiceSpec["ipFamilyPolicy"]>;
};

/**
 * Completes `ipFamilyPolicy` and `ipFamilies` from what the Service asks for, what it was and what the cluster has
 * (`initIPFamilyFields` of `pkg/registry/core/service/storage`). Each step sees errors of the steps before as the end.
 */
export function withIpFamilies(spec: ServiceSpec, { configured, before }: FamilySurroundings): FamilyDecision {
  if (spec.type === "ExternalName" || keepsPreference(spec, before)) return { ok: true, spec };
  const isAnyFamily = spec.clusterIP === "None" && Object.keys(spec.selector ?? {}).length === 0;
  const ipFamilyPolicy =
    spec.ipFamilyPolicy ?? before?.ipFamilyPolicy ?? (isAnyFamily ? "RequireDualStack" : "SingleStack");
  const formal = validateServiceAddresses({ ...spec, ipFamilyPolicy });
  if (formal.length > 0) return { ok: false, errors: formal };
  const { clusterIPs = [], ipFamilies = [] } = spec;
  const asked = released({ ...spec, clusterIPs, ipFamilies, ipFamilyPolicy }, before);
  const errors = [...policyErrors(asked, before), ...unknownAddresses(asked, configured)];
  if (errors.length > 0) return { ok: false, errors };
  const inferred = { ...asked, ipFamilies: [...asked.ipFamilies, ...familiesOf(asked).slice(asked.ipFamilies.length)] };
  const impossible = isAnyFamily ? [] : missingFamilies(inferred, configured);
  if (impossible.length > 0) return { ok: false, errors: impossible };
  return { ok: true, spec: unchangedOr(spec, completed(inferred, { configured, isAnyFamily })) };
}

/** A Service that prefers two families is neither given nor robbed of one by changes of the cluster. */
export function keepsPreference(spec: ServiceSpec, before: ServiceSpec | undefined): boolean {
  return (
    before !== undefined &&
    before.type === spec.type &&
    spec.ipFamilyPolicy === "PreferDualStack" &&
    (before.ipFamilyPolicy ?? "PreferDualStack") === "PreferDualStack" &&
    deepEqual(spec.clusterIPs ?? [], before.clusterIPs ?? []) &&
    deepEqual(spec.ipFamilies ?? [], before.ipFamilies ?? [])
  );
}

/** `SingleStack` alone is a clear wish to be rid of what was second. */
function released(spec: Draft, before: ServiceSpec | undefined): Draft {
  if (before === undefined || spec.ipFamilyPolicy !== "SingleStack") return spec;
  const clusterIPs = deepEqual(spec.clusterIPs, before.clusterIPs ?? [])
    ? spec.clusterIPs.slice(0, 1)
    : spec.clusterIPs;
  const ipFamilies = deepEqual(spec.ipFamilies, before.ipFamilies ?? [])
    ? spec.ipFamilies.slice(0, 1)
    : spec.ipFamilies;
  return { ...spec, clusterIPs, ipFamilies };
}

function policyErrors(spec: Draft, before: ServiceSpec | undefined): readonly FieldError[] {
  const { clusterIPs, ipFamilies, ipFamilyPolicy } = spec;
  const refused = (detail: string): FieldError => invalid("spec.ipFamilyPolicy", ipFamilyPolicy, detail);
  if (ipFamilyPolicy === "SingleStack") {
    const needed = "must be 'RequireDualStack' or 'PreferDualStack' when multiple";
    return [
      ...(clusterIPs.length === 2 ? [refused(`${needed} cluster IPs are specified`)] : []),
      ...(ipFamilies.length === 2 ? [refused(`${needed} IP families are specified`)] : []),
    ];
  }
  const isReduced = (is: readonly string[], was: readonly string[] = []): boolean =>
    before !== undefined && is.length > 0 && is.length < was.length;
  return [
    ...(isReduced(clusterIPs, before?.clusterIPs)
      ? [refused("must be 'SingleStack' to release the secondary cluster IP")]
      : []),
    ...(isReduced(ipFamilies, before?.ipFamilies)
      ? [refused("must be 'SingleStack' to release the secondary IP family")]
      : []),
  ];
}

function familiesOf({ clusterIPs }: Draft): readonly Family[] {
  return clusterIPs.flatMap((ip) => parseIp(ip)?.family ?? []);
}

/** Addresses without a family named beside them, of families the cluster has not. */
function unknownAddresses(spec: Draft, configured: readonly Family[]): readonly FieldError[] {
  return familiesOf(spec).flatMap((family, index) =>
    index < spec.ipFamilies.length || configured.includes(family)
      ? []
      : [invalid(`spec.clusterIPs[${index}]`, spec.clusterIPs, `${family} is not configured on this cluster`)],
  );
}

function missingFamilies({ ipFamilies, ipFamilyPolicy }: Draft, configured: readonly Family[]): readonly FieldError[] {
  return [
    ...(ipFamilyPolicy === "RequireDualStack" && configured.length < 2
      ? [invalid("spec.ipFamilyPolicy", ipFamilyPolicy, "this cluster is not configured for dual-stack services")]
      : []),
    ...ipFamilies.flatMap((family, index) =>
      configured.includes(family)
        ? []
        : [invalid(`spec.ipFamilies[${index}]`, family, "not configured on this cluster")],
    ),
  ];
}

/** Nobody can say which families the endpoints of a headless Service without selector will have: it may have any. */
function completed(
  spec: Draft,
  { configured, isAnyFamily }: { readonly configured: readonly Family[]; readonly isAnyFamily: boolean },
): Draft {
  const [first = configured[0] as Family, ...others] = spec.ipFamilies;
  const wantsOther = spec.ipFamilyPolicy !== "SingleStack" && others.length === 0;
  const other: Family = first === "IPv4" ? "IPv6" : "IPv4";
  const added = wantsOther && (isAnyFamily || configured.length === 2) ? [other] : [];
  return { ...spec, ipFamilies: [first, ...others, ...added] };
}

/** The very same object when nothing had to be filled in. */
function unchangedOr(spec: ServiceSpec, { clusterIPs, ...rest }: Draft): ServiceSpec {
  const filled: ServiceSpec = clusterIPs.length === 0 ? rest : { ...rest, clusterIPs };
  return deepEqual(spec, filled) ? spec : filled;
}
