import { type Findings, forbidden, NOTHING } from "../validation.ts";
import type { Allocation, ClaimSpec } from "./kinds.ts";

/** What a namespace is labelled with, as `true`, whose claims may have devices others use (`DRAAdminNamespaceLabelKey`). */
export const ADMIN_ACCESS_LABEL = "resource.kubernetes.io/admin-access";

/** Whether the claims of a namespace may have admin access. */
export type AdminNamespace = (namespace: string) => boolean;

/** Refuses a claim that asks for admin access where there is none (`AuthorizedForAdmin`). */
export function adminRequests({ devices }: ClaimSpec, namespace: string, isAdmin: AdminNamespace): Findings {
  const index = devices?.requests?.findIndex((request) => request?.exactly?.adminAccess === true) ?? -1;
  return refusedUnless(isAdmin, namespace, index, "spec.devices.requests");
}

/** The same of what it was given; what was given once is not asked about again. */
export function adminResults(
  after: Allocation | undefined,
  before: Allocation | undefined,
  { namespace, isAdmin }: { readonly namespace: string; readonly isAdmin: AdminNamespace },
): Findings {
  if (grantOf(before) >= 0) return NOTHING;
  return refusedUnless(isAdmin, namespace, grantOf(after), "status.allocation.devices.results");
}

function grantOf(allocation: Allocation | undefined): number {
  return allocation?.devices?.results?.findIndex((result) => result?.adminAccess === true) ?? -1;
}

function refusedUnless(isAdmin: AdminNamespace, namespace: string, index: number, path: string): Findings {
  if (index < 0 || isAdmin(namespace)) return NOTHING;
  const why = `admin access to devices requires the \`${ADMIN_ACCESS_LABEL}: true\` label on the containing namespace`;
  return [forbidden(`${path}[${index}].adminAccess`, why)];
}
