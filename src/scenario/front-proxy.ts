import { ConfigMap } from "../api/index.ts";
import { StatusError } from "../apimachinery/index.ts";
import type { ApiServer } from "../apiserver/index.ts";
import { ADMINISTRATOR } from "./users.ts";

/** The user clusters show their extension API servers a certificate of, as kubeadm names it. */
export const FRONT_PROXY = "front-proxy-client";

/**
 * Tells extension API servers whose certificates to believe: those of clients, and that of who tells them about users in headers
 * (`pkg/controlplane/controller/clusterauthenticationtrust`).
 */
export function publishAuthentication(server: ApiServer, caCertificate: string): void {
  if (caCertificate === "") return;
  const object: ConfigMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "extension-apiserver-authentication", namespace: "kube-system" },
    data: {
      "client-ca-file": caCertificate,
      "requestheader-allowed-names": JSON.stringify([FRONT_PROXY]),
      "requestheader-client-ca-file": caCertificate,
      "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
      "requestheader-group-headers": '["X-Remote-Group"]',
      "requestheader-username-headers": '["X-Remote-User"]',
    },
  };
  const answer = server.answer({ verb: "create", kind: ConfigMap, object }, ADMINISTRATOR);
  if (!answer.ok) throw new StatusError(answer.status);
}
