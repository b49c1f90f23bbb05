import { builtinDescriptors, CustomResourceDefinition, Namespace, ServiceImport } from "../api/index.ts";
import { StatusError } from "../apimachinery/index.ts";
import { ApiServer, namespaceLifecyclePlugin, serviceAddressPlugin, type User } from "../apiserver/index.ts";
import { InformerFactory, inProcessClient } from "../client/index.ts";
import {
  bootCluster,
  componentStatuses,
  defaultAdmission,
  globalIngressIPCrd,
  metricsResources,
  type NodeConfig,
  serviceAccountAdmission,
  storageProtection,
} from "../kube/index.ts";
import type { ImageDeclaration, ImageDeclarations, NetworkClusterConfig, NetworkOptions } from "../network/index.ts";
import { webhookCaller } from "../serving/index.ts";
import { must } from "../std/index.ts";
import { readHostCrds } from "./crds.ts";
import { type FleetSpec, globalCIDRsOf, type ImageSpec, type MemberSpec, type NodeSpec } from "./fleet.ts";
import { foreignCaller } from "./foreign-caller.ts";
import { publishAuthentication } from "./front-proxy.ts";
import { grantKarmadaAccess } from "./karmada-access.ts";
import type { MemberMachines } from "./member-handle.ts";
import { type Surroundings, serverVersion } from "./surroundings.ts";
import { ADMINISTRATOR, COREDNS, KUBE_PROXY, serviceAccount } from "./users.ts";

/** Kubernetes 1.24 lets load balancers mix protocols unless told otherwise. */
const MIXED_PROTOCOLS_MINOR = 24;

/** A simulated member of a world. */
export interface MemberCluster {
  readonly server: ApiServer;
  /** What Karmada knows a cluster by: the uid of its namespace `kube-system`. */
  readonly id: string | undefined;
  readonly machines: MemberMachines;
  stop(): void;
}

/** What the network must know of a simulated member before it boots. */
export function networkOf(member: MemberSpec, fleet: FleetSpec): NetworkClusterConfig {
  return {
    name: member.name,
    podCIDRs: [must(member.podCIDR, "podCIDR")],
    serviceCIDRs: [must(member.serviceCIDR, "serviceCIDR")],
    dnsIP: must(member.dnsIP, "dnsIP"),
    clusterDomain: member.clusterDomain,
    proxyMode: member.proxyMode,
    version: serverVersion(member.version).gitVersion,
    nodeNameservers: [nameserverOf(must(member.nodeCIDR, "nodeCIDR"))],
    images: imageDeclarations(member.images ?? []),
    coreDns: { pluginOrder: member.coreDns?.plugins },
    globalCIDR: globalCIDRsOf(fleet)?.get(member.name),
  };
}

/** What links between members are like; Submariner's gateways, which Lighthouse comes with, carry Service networks too. */
export function linkOf({ network, dns }: FleetSpec): NonNullable<NetworkOptions["link"]> {
  const { podNetworksRouted, latencyMs, globalnet } = network;
  // With Globalnet nothing but global addresses is known elsewhere.
  return {
    routed: podNetworksRouted && !globalnet,
    latencyMs,
    services: dns.clusterset === "lighthouse" && !globalnet,
  };
}

/** Boots a simulated member: API server, nodes, controllers, kubelets; its services and DNS follow its objects. */
export function bootMember(member: MemberSpec, fleet: FleetSpec, surroundings: Surroundings): MemberCluster {
  const { loop, faults, network } = surroundings;
  const { name } = member;
  const server = memberServer(member, surroundings);
  if (fleet.dns.clusterset === "lighthouse") installMulticlusterKinds(server);
  const cluster = bootCluster(
    {
      name,
      version: serverVersion(member.version).gitVersion,
      nodes: (member.nodes ?? []).map(nodeConfig),
      podCIDR: must(member.podCIDR, "podCIDR"),
      serviceCIDR: must(member.serviceCIDR, "serviceCIDR"),
      ...(member.nodePortRange === undefined ? {} : { nodePortRange: member.nodePortRange }),
      dnsIP: must(member.dnsIP, "dnsIP"),
      nodeCIDR: must(member.nodeCIDR, "nodeCIDR"),
      clusterDomain: member.clusterDomain ?? "cluster.local",
      ...(member.proxyMode === undefined ? {} : { proxyMode: member.proxyMode }),
      ...(member.coreDns?.image === undefined ? {} : { coreDnsImage: member.coreDns.image }),
      ...(member.nodeDaemons === undefined ? {} : { nodeDaemons: member.nodeDaemons }),
      ...(member.cloud === undefined ? {} : { cloud: member.cloud }),
      images: (member.images ?? []).filter((image) => image.missing !== true).map((image) => image.name),
      multicluster: fleet.dns.multicluster,
      lighthouse: fleet.dns.clusterset === "lighthouse",
      unifiedNames: fleet.dns.unifiedNames,
      nodeSearches: fleet.dns.searches,
      caCertificate: surroundings.caCertificate,
      ...(surroundings.certificateSigner === undefined ? {} : { certificateSigner: surroundings.certificateSigner }),
    },
    { loop, server, faults, runtime: network.runtime(name) },
  );
  grantKarmadaAccess(server, name);
  publishAuthentication(server, surroundings.caCertificate);
  const proxy = new InformerFactory(inProcessClient(server, KUBE_PROXY, { loop }), loop);
  const dnsAs = (user: User): InformerFactory =>
    new InformerFactory(inProcessClient(server, user, { loop }), loop, cluster.informers);
  const dns = dnsAs(COREDNS);
  const detach = network.attach(name, {
    proxy,
    dns,
    dnsOf: (account) => dnsAs(serviceAccount(account.namespace, account.name)),
    infrastructure: cluster.informers,
  });
  return {
    server,
    id: server.state.get(Namespace, "kube-system")?.metadata.uid,
    machines: {
      addNode: (node) => cluster.addNode(nodeConfig(node)),
      crashNode: (node) => cluster.crashNode(node),
      restartNode: (node) => cluster.restartNode(node),
    },
    stop: () => {
      detach();
      proxy.stop();
      dns.stop();
      cluster.stop();
    },
  };
}

/** As Submariner's operator does before it starts anything that exports or imports. */
function installMulticlusterKinds(server: ApiServer): void {
  for (const crd of [...readHostCrds().filter(({ spec }) => spec.group === ServiceImport.group), globalIngressIPCrd]) {
    const answer = server.answer({ verb: "create", kind: CustomResourceDefinition, object: crd }, ADMINISTRATOR);
    if (!answer.ok) throw new StatusError(answer.status);
  }
}

function memberServer(member: MemberSpec, surroundings: Surroundings): ApiServer {
  const { loop, network } = surroundings;
  const { name } = member;
  return new ApiServer({
    cluster: name,
    loop,
    descriptors: builtinDescriptors,
    version: serverVersion(member.version),
    schemas: surroundings.schemas,
    schemaPool: surroundings.schemaPool,
    freeze: surroundings.freeze,
    rbac: true,
    tokenSigner: surroundings.tokenSigner,
    webhooks: webhookCaller({ loop, network }),
    foreign: foreignCaller({ loop, network, identity: surroundings.frontProxy }),
    virtual: [
      componentStatuses({ beside: true }),
      ...metricsResources(({ metadata: { namespace = "", name: pod } }, container) =>
        network.runtime(name).cpuMilli({ namespace, pod, container: container.name }),
      ),
    ],
    aggregated: [],
    admission: [
      namespaceLifecyclePlugin,
      serviceAccountAdmission(),
      ...defaultAdmission,
      storageProtection,
      serviceAddressPlugin({
        cidr: must(member.serviceCIDR, "serviceCIDR"),
        random: loop.random.stream(`${name} service addresses`),
        mixedProtocols: Number(serverVersion(member.version).minor) >= MIXED_PROTOCOLS_MINOR,
        ...nodePortsOf(member),
      }),
    ],
  });
}

/** The first address of the nodes' network answers for the world outside, as kind's gateway does. */
function nameserverOf(nodeCIDR: string): string {
  return (nodeCIDR.split(",")[0] as string).replace(/\.\d+\/\d+$/, ".1");
}

function nodePortsOf({ nodePortRange }: MemberSpec): {
  readonly nodePorts?: { readonly low: number; readonly high: number };
} {
  if (nodePortRange === undefined) return {};
  const [low = 0, high = 0] = nodePortRange.split("-").map(Number);
  return { nodePorts: { low, high } };
}

function nodeConfig(node: NodeSpec): NodeConfig {
  const { internalIP, externalIP, name, labels, taints, podCIDR, capacity } = node;
  return {
    name,
    ...(labels === undefined ? {} : { labels }),
    ...(taints === undefined ? {} : { taints }),
    ...(podCIDR === undefined ? {} : { podCIDR }),
    ...(capacity === undefined ? {} : { capacity }),
    addresses: [
      ...(internalIP === undefined ? [] : [{ type: "InternalIP" as const, address: internalIP }]),
      ...(externalIP === undefined ? [] : [{ type: "ExternalIP" as const, address: externalIP }]),
    ],
  };
}

function imageDeclarations(images: readonly ImageSpec[]): ImageDeclarations {
  const declared: Record<string, ImageDeclaration> = {};
  for (const { name, program, pages, missing } of images) {
    if (missing === true) declared[name] = { missing: true };
    else if (pages !== undefined) declared[name] = { pages };
    else if (program !== undefined) declared[name] = { like: program };
  }
  return declared;
}
