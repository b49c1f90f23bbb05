import type { SchemaSource } from "../apimachinery/index.ts";
import type { SchemaPool, ServerVersion, TokenSigner } from "../apiserver/index.ts";
import type { Network } from "../network/index.ts";
import type { KeyPairPem } from "../serving/index.ts";
import type { FaultPlan, Loop } from "../sim/index.ts";

/** What the clusters of a world share. */
export type Surroundings = {
  readonly loop: Loop;
  readonly faults: FaultPlan;
  readonly network: Network;
  readonly schemas: SchemaSource;
  readonly schemaPool: SchemaPool;
  readonly freeze: boolean;
  readonly caCertificate: string;
  /** What clusters show other API servers. */
  readonly frontProxy: KeyPairPem | undefined;
  readonly tokenSigner: TokenSigner;
};

const EMULATED = "v1.34.0";

/** The version a cluster says it is; v1.34.0 unless declared. */
export function serverVersion(declared: string = EMULATED): ServerVersion {
  const [major, minor, patch] = declared.replace(/^v/, "").split(".") as [string, string, string | undefined];
  return { major, minor, gitVersion: `v${major}.${minor}.${patch ?? "0"}` };
}
