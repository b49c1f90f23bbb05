import { dns1123SubdomainErrors, pathSegmentNameErrors } from "../../apimachinery/index.ts";
import { canonicalIp, deepEqual, formatCidr, parseCidr } from "../../std/index.ts";
import { maskedCidr } from "../address-forms.ts";
import type { Strategy } from "../descriptor.ts";
import { asGoStruct, type GoStructs } from "../go-structs.ts";
import { eachItem, type Findings, invalid, invalidFor, NOTHING, required, requiredAnd } from "../validation.ts";
import type { IPAddress, ServiceCIDR } from "./addresses.ts";

const FIXED = "field is immutable";
const STRUCTS: GoStructs = { ParentReference: "Group Resource Namespace Name" };

/** ServiceCIDRs: one range of each family, of which none but a second may come later (`ValidateServiceCIDR`). */
export const serviceCidrStrategy: Strategy<ServiceCIDR> = {
  validate: ({ spec }, before) =>
    before === undefined ? checkCidrs(spec?.cidrs ?? []) : checkCidrsUpdate(spec?.cidrs, before.spec?.cidrs ?? []),
};

function checkCidrs(cidrs: readonly string[]): Findings {
  const field = "spec.cidrs";
  const families = cidrs.map((cidr) => parseCidr(cidr)?.base.family);
  if (cidrs.length === 0) return [required(field, "at least one CIDR required")];
  if (cidrs.length > 2) return [invalid(field, { CIDRs: cidrs }, "may only hold up to 2 values")];
  const isSingle = cidrs.length === 2 && families[0] === families[1] && families[0] !== undefined;
  return [
    ...eachItem(cidrs, (cidr, index) => checkCidr(cidr, `${field}[${index}]`)),
    ...(isSingle
      ? [
          invalid(
            field,
            cidrs,
            "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64",
          ),
        ]
      : NOTHING),
  ];
}

/** `validation.IsValidCIDR`. */
function checkCidr(text: string, field: string): Findings {
  const cidr = parseCidr(text);
  if (cidr === undefined)
    return [invalid(field, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")];
  const masked = formatCidr(maskedCidr(cidr));
  if (formatCidr(cidr) !== masked) return [invalid(field, text, "must not have bits set beyond the prefix length")];
  return masked === text ? NOTHING : [invalid(field, text, `must be in canonical form ("${masked}")`)];
}

function checkCidrsUpdate(after: readonly string[] | undefined, before: readonly string[]): Findings {
  const cidrs = after ?? [];
  const changed = before.flatMap((cidr, index) =>
    cidrs[index] === cidr ? [] : [invalid(`spec.cidrs[${index}]`, cidrs[index] ?? "", FIXED)],
  );
  if (cidrs.length === before.length) return changed;
  if (before.length === 1 && cidrs.length === 2) return [...changed, ...checkCidrs(cidrs)];
  return [invalid("spec.cidrs", after ?? null, FIXED)];
}

/** IPAddresses: named by the address, and of one object for good (`ValidateIPAddress`). */
export const ipAddressStrategy: Strategy<IPAddress> = {
  validateName: (name) =>
    canonicalIp(name) === name ? [] : ["must be an IP address in canonical form (e.g. 10.9.8.7 or 2001:db8::ffff)"],
  validate: ({ spec }) => {
    const parent = spec?.parentRef;
    if (parent === undefined) return [required("spec.parentRef")];
    const { group = "", resource, name, namespace = "" } = parent;
    const field = "spec.parentRef";
    return [
      ...(group === "" ? NOTHING : invalidFor(`${field}.group`, group, dns1123SubdomainErrors(group))),
      ...requiredAnd(`${field}.resource`, resource, pathSegmentNameErrors),
      ...requiredAnd(`${field}.name`, name, pathSegmentNameErrors),
      ...(namespace === "" ? NOTHING : invalidFor(`${field}.namespace`, namespace, pathSegmentNameErrors(namespace))),
    ];
  },
  validateUpdate: ({ spec: after }, { spec: before }) => {
    if (deepEqual(after?.parentRef, before?.parentRef)) return NOTHING;
    const shown = after?.parentRef === undefined ? null : asGoStruct(STRUCTS, "ParentReference", after.parentRef);
    return [invalid("spec.parentRef", shown, FIXED)];
  },
};
