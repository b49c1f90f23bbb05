import {
  ConfigMap,
  EndpointSlice,
  GlobalIngressIP,
  HEADLESS_POD_IP,
  Ingress,
  IngressClass,
  Namespace,
  NetworkPolicy,
  Node,
  Pod,
  Service,
} from "../../api/index.ts";
import type { Kind, KubeObject, ObjectOf } from "../../apimachinery/index.ts";
import type { InformerFactory } from "../../client/index.ts";
import { PLAIN_CONFIGURATION, readProxyConfiguration } from "../proxy/proxy-configuration.ts";
import type { ClusterNetwork } from "./cluster-network.ts";

/** Whose rights the parts watch with: kube-proxy's own, and those of what sets the network and the edge up. */
export type FabricInformers = { readonly proxy: InformerFactory; readonly infrastructure: InformerFactory };

/** Lets the network of a cluster follow its objects, change by change; returns what ends that. */
export function followCluster(network: ClusterNetwork, { proxy, infrastructure }: FabricInformers): () => void {
  const stops: (() => void)[] = [
    follow(proxy, Service, {
      put: (service) => network.putService(service),
      remove: (service) => network.removeService(service),
    }),
    follow(proxy, EndpointSlice, {
      put: (slice) => network.services.putEndpointSlice(slice),
      remove: (slice) => network.services.removeEndpointSlice(slice),
    }),
    follow(proxy, Node, {
      put: (node) => network.putNode(node),
      remove: (node) => network.removeNode(node.metadata.name),
    }),
    follow(infrastructure, Ingress, {
      put: (ingress) => network.ingresses.putIngress(ingress),
      remove: (ingress) => network.ingresses.removeIngress(ingress),
    }),
    follow(infrastructure, IngressClass, {
      put: (ingressClass) => network.ingresses.putClass(ingressClass),
      remove: (ingressClass) => network.ingresses.removeClass(ingressClass),
    }),
    follow(infrastructure, ConfigMap, {
      put: (map) => {
        if (isProxyConfiguration(map)) network.proxies.configure(readProxyConfiguration(map) ?? PLAIN_CONFIGURATION);
      },
      remove: () => {},
    }),
  ];
  stops.push(followPolicies(network, infrastructure));
  if (network.config.globalCIDR !== undefined) stops.push(followGlobalAddresses(network, infrastructure));
  return () => {
    for (const stop of stops) stop();
  };
}

/** Pods and namespaces are watched from the first policy on: a cluster without policies need not know them here. */
function followPolicies({ policies }: ClusterNetwork, informers: InformerFactory): () => void {
  const stops: (() => void)[] = [];
  const followEnds = (): void => {
    stops.push(
      follow(informers, Pod, { put: (pod) => policies.putPod(pod), remove: (pod) => policies.removePod(pod) }),
      follow(informers, Namespace, {
        put: (namespace) => policies.putNamespace(namespace),
        remove: (namespace) => policies.removeNamespace(namespace),
      }),
    );
  };
  const stop = follow(informers, NetworkPolicy, {
    put: (policy) => {
      policies.putPolicy(policy);
      if (stops.length === 0) followEnds();
    },
    remove: (policy) => policies.removePolicy(policy),
  });
  return () => {
    stop();
    for (const stopOne of stops) stopOne();
  };
}

function followGlobalAddresses({ globalPods }: ClusterNetwork, informers: InformerFactory): () => void {
  return informers.of(GlobalIngressIP).addHandler(({ before, after }) => {
    if (before?.status?.allocatedIP !== undefined) globalPods.delete(before.status.allocatedIP);
    const pod = after?.metadata.annotations?.[HEADLESS_POD_IP];
    if (after?.status?.allocatedIP !== undefined && pod !== undefined) globalPods.set(after.status.allocatedIP, pod);
  });
}

function follow<K extends Kind<KubeObject>>(
  informers: InformerFactory,
  kind: K,
  on: { readonly put: (object: ObjectOf<K>) => void; readonly remove: (object: ObjectOf<K>) => void },
): () => void {
  return informers.of(kind).addHandler(({ after, object }) => {
    if (after === undefined) on.remove(object);
    else on.put(after);
  });
}

function isProxyConfiguration({ metadata }: ConfigMap): boolean {
  return metadata.namespace === "kube-system" && metadata.name === "kube-proxy";
}
