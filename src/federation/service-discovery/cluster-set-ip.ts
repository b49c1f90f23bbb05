import type { ServiceImport } from "../../api/index.ts";

/** On a member's ServiceImport: the address we wrote into `spec.ips`. Any other address is somebody's own. */
const FILLED_ANNOTATION = "atoll.dev/cluster-set-ip";

/** What a member's import holds: nothing, our address, or one that is not ours to touch. */
export type HeldIp =
  | { readonly type: "none" }
  | { readonly type: "filled"; readonly ip: string }
  | { readonly type: "own" };

export function heldIp({ metadata, spec }: ServiceImport): HeldIp {
  const [ip, ...others] = spec.ips ?? [];
  if (ip === undefined) return { type: "none" };
  const filled = metadata.annotations?.[FILLED_ANNOTATION];
  return filled === ip && others.length === 0 ? { type: "filled", ip } : { type: "own" };
}

/** A merge patch that fills in `ip`, or takes ours out again. */
export function fillingPatch(ip: string | undefined): Readonly<Record<string, unknown>> {
  return ip === undefined
    ? { metadata: { annotations: { [FILLED_ANNOTATION]: null } }, spec: { ips: null } }
    : { metadata: { annotations: { [FILLED_ANNOTATION]: ip } }, spec: { ips: [ip] } };
}
