import type { Strategy } from "../descriptor.ts";
import { invalid, NOTHING, nonNegative } from "../validation.ts";
import type { Lease } from "./lease.ts";

/** What is particular to Leases (`pkg/registry/coordination/lease`). */
export const leaseStrategy: Strategy<Lease> = {
  validate: ({ spec = {} }) => [
    ...(spec.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0
      ? [invalid("spec.leaseDurationSeconds", spec.leaseDurationSeconds, "must be greater than 0")]
      : NOTHING),
    ...nonNegative("spec.leaseTransitions", spec.leaseTransitions),
  ],
};
