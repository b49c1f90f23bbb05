import type { FieldError } from "../../apimachinery/index.ts";
import { canonicalIp, deepEqual, parseCidr } from "../../std/index.ts";
import type { Strategy } from "../descriptor.ts";
import { eachItem, invalid, NOTHING, required } from "../validation.ts";
import type { IPAddress, ServiceCIDR } from "./addresses.ts";

/** ServiceCIDRs: one range of each family, which never changes (`ValidateServiceCIDR`). */
export const serviceCidrStrategy: Strategy<ServiceCIDR> = {
  validate: ({ spec }) => {
    const cidrs = spec?.cidrs ?? [];
    const families = cidrs.map((cidr) => parseCidr(cidr)?.base.family);
    if (cidrs.length === 0) return [required("spec.cidrs", "at least one CIDR required")];
    return [
      ...(cidrs.length > 2 ? [invalid("spec", cidrs, "may only hold up to 2 values")] : NOTHING),
      ...(cidrs.length === 2 && families[0] === families[1]
        ? [
            invalid(
              "spec",
              cidrs,
              "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64",
            ),
          ]
        : NOTHING),
      ...eachItem(cidrs, (cidr, index) =>
        families[index] === undefined
          ? [invalid(`spec.cidrs[${index}]`, cidr, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")]
          : NOTHING,
      ),
    ];
  },
  validateUpdate: (after, before) => fixed("spec.cidrs", after.spec?.cidrs, before.spec?.cidrs),
};

/** IPAddresses: named by the address, and of one object for good (`ValidateIPAddress`). */
export const ipAddressStrategy: Strategy<IPAddress> = {
  validateName: (name) =>
    canonicalIp(name) === name ? [] : ["must be an IP address in canonical form (e.g. 10.9.8.7 or 2001:db8::ffff)"],
  validate: ({ spec }) => {
    const parent = spec?.parentRef;
    if (parent === undefined) return [required("spec.parentRef")];
    return [
      ...(parent.resource ? NOTHING : [required("spec.parentRef.resource")]),
      ...(parent.name ? NOTHING : [required("spec.parentRef.name")]),
    ];
  },
  validateUpdate: (after, before) => fixed("spec.parentRef", after.spec?.parentRef, before.spec?.parentRef),
};

function fixed(field: string, after: unknown, before: unknown): readonly FieldError[] {
  return deepEqual(after, before) ? NOTHING : [invalid(field, after ?? null, "field is immutable")];
}
