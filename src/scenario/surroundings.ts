import type { SchemaSource } from "../apimachinery/index.ts";
import { type Authorizer, accessDenied, type SchemaPool, type ServerVersion } from "../apiserver/index.ts";
import type { Network } from "../network/index.ts";
import type { FaultPlan, Loop } from "../sim/index.ts";

/** What the clusters of a world share. */
export type Surroundings = {
  readonly loop: Loop;
  readonly faults: FaultPlan;
  readonly network: Network;
  readonly schemas: SchemaSource;
  readonly schemaPool: SchemaPool;
  readonly freeze: boolean;
  readonly authorize: Authorizer;
};

const EMULATED = "v1.34.0";

/** The version a cluster says it is; v1.34.0 unless declared. */
export function serverVersion(declared: string = EMULATED): ServerVersion {
  const [major, minor, patch] = declared.replace(/^v/, "").split(".") as [string, string, string | undefined];
  return { major, minor, gitVersion: `v${major}.${minor}.${patch ?? "0"}` };
}

const OPEN_PATHS = new Set(["/healthz", "/livez", "/readyz", "/version"]);

/** Everyone who showed credentials may do everything; the anonymous may ask for health and version, as upstream. */
export const authenticatedOnly: Authorizer = (attributes) => {
  if (attributes.user.name !== "system:anonymous") return "allow";
  return attributes.path !== undefined && OPEN_PATHS.has(attributes.path) ? "allow" : accessDenied(attributes);
};
