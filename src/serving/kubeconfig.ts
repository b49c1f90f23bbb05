import { stringify } from "yaml";
import type { KeyPairPem } from "./certificates.ts";

/** One context of a kubeconfig: a cluster's address and the user that speaks to it. */
export type KubeconfigContext = {
  readonly name: string;
  readonly server: string;
  readonly certificateAuthority: string;
  readonly client: KeyPairPem;
};

/** The text of a kubeconfig file (`v1 Config`) with its certificates embedded; the first context is the current one. */
export function kubeconfigText(contexts: readonly KubeconfigContext[]): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    preferences: {},
    "current-context": contexts[0]?.name ?? "",
    clusters: contexts.map((context) => ({
      name: context.name,
      cluster: { server: context.server, "certificate-authority-data": base64(context.certificateAuthority) },
    })),
    users: contexts.map((context) => ({
      name: context.name,
      user: {
        "client-certificate-data": base64(context.client.certificate),
        "client-key-data": base64(context.client.privateKey),
      },
    })),
    contexts: contexts.map((context) => ({
      name: context.name,
      context: { cluster: context.name, user: context.name },
    })),
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
