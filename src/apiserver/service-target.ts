import { Service } from "../api/index.ts";
import type { WebhookTarget } from "./admission/webhook-caller.ts";
import type { ClusterState } from "./admission.ts";

type ServiceTarget = Extract<WebhookTarget, { readonly service: unknown }>;

/**
 * Where a Service is dialed at, as the API server knows it without DNS; a text says why nowhere
 * (`k8s.io/apiserver/pkg/util/proxy.ResolveCluster`).
 */
export function resolveService({ service }: ServiceTarget, state: ClusterState): ServiceTarget | string {
  const { namespace, name, port } = service;
  const found = state.get(Service, name, namespace);
  if (found === undefined) return `service ${JSON.stringify(name)} not found`;
  const { type = "ClusterIP", clusterIP = "None", externalName = "", ports = [] } = found.spec ?? {};
  if (type === "ExternalName") return { service: { ...service, externalName } };
  if (clusterIP === "None" || clusterIP === "")
    return { service: { ...service, clusterIP: `${name}.${namespace}.svc` } };
  if (!ports.some((one) => one.port === port))
    return `no service port ${port} found for service ${JSON.stringify(name)}`;
  return { service: { ...service, clusterIP } };
}
