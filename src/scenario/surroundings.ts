import type { SchemaSource } from "../apimachinery/index.ts";
import type { SchemaPool, ServerVersion, TokenSigner } from "../apiserver/index.ts";
import type { CertificateSigner } from "../kube/index.ts";
import type { Network } from "../network/index.ts";
import type { KeyPairPem } from "../serving/index.ts";
import type { FaultPlan, Loop } from "../sim/index.ts";

/** What the clusters of a served world prove themselves by. */
export type Credentials = {
  /** PEM of the authority whose certificate members will show; their pods and service accounts are told of it. */
  readonly caCertificate?: string;
  /** A certificate of that authority for what clusters ask other API servers. */
  readonly frontProxy?: KeyPairPem;
  /** Signs the certificates asked of clusters, with that authority's key. */
  readonly certificateSigner?: CertificateSigner;
};

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
  readonly certificateSigner: CertificateSigner | undefined;
};

const EMULATED = "v1.34.0";

/** The version a cluster says it is; v1.34.0 unless declared. */
export function serverVersion(declared: string = EMULATED): ServerVersion {
  const [major, minor, patch] = declared.replace(/^v/, "").split(".") as [string, string, string | undefined];
  return { major, minor, gitVersion: `v${major}.${minor}.${patch ?? "0"}` };
}
