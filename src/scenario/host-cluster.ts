import { parse, stringify } from "yaml";
import {
  builtinDescriptors,
  Cluster,
  ClusterRole,
  CustomResourceDefinition,
  karmadaDescriptors,
  Namespace,
} from "../api/index.ts";
import { type Kind, type KubeObject, StatusError } from "../apimachinery/index.ts";
import { ApiServer, namespaceLifecyclePlugin, serviceAddressPlugin } from "../apiserver/index.ts";
import { type ClusterClient, InformerFactory, inProcessClient } from "../client/index.ts";
import { startControllers } from "../controller/index.ts";
import { ClusterStatusCollector, federationControllers, karmadaAdmission } from "../federation/index.ts";
import { componentStatuses, defaultAdmission, hostControllers } from "../kube/index.ts";
import { webhookCaller } from "../serving/index.ts";
import { aggregatedObjects, karmadaAggregated } from "./aggregated-api.ts";
import { readHostCrds } from "./crds.ts";
import { type FleetSpec, globalCIDRsOf, type MemberSpec } from "./fleet.ts";
import { foreignCaller } from "./foreign-caller.ts";
import { publishAuthentication } from "./front-proxy.ts";
import { type JoinedClusters, joinedClusters } from "./joined-clusters.ts";
import { KARMADA_ROLES } from "./karmada-roles.ts";
import { membershipOf } from "./membership.ts";
import type { Surroundings } from "./surroundings.ts";
import { serverVersion } from "./surroundings.ts";
import { ADMINISTRATOR, KARMADA } from "./users.ts";

const SYSTEM_NAMESPACES = [
  "default",
  "kube-system",
  "kube-public",
  "kube-node-lease",
  "karmada-system",
  "karmada-cluster",
];
const SERVICE_CIDR = "10.96.0.0/12";

/** The control plane of a world. */
export interface HostCluster {
  readonly server: ApiServer;
  /** Starts Karmada's controllers over the members' doors; returns the clusters that come to join beside them. */
  federate(doors: ReadonlyMap<string, ClusterClient>): JoinedClusters;
  /** Writes the Cluster that makes a member known; `id`, where it is known, keeps anybody from joining it once more. */
  join(member: MemberSpec, id: string | undefined): void;
  stop(): void;
}

/** Boots the host: an API server with Karmada's kinds, and the two controllers of Kubernetes that a control plane needs. */
export function bootHost(fleet: FleetSpec, surroundings: Surroundings): HostCluster {
  const { loop, faults } = surroundings;
  const server = hostServer(fleet, surroundings);
  install(server);
  publishAuthentication(server, surroundings.caCertificate);
  const client = inProcessClient(server, KARMADA, { loop, faults });
  const informers = new InformerFactory(client, loop);
  const kubernetes = startControllers({
    loop,
    client,
    informers,
    definitions: hostControllers(client, surroundings.certificateSigner),
  });
  const stops = [() => kubernetes.stop()];
  return {
    server,
    federate: (doors) => {
      const isOurs = ({ metadata: { name }, spec }: Cluster): boolean =>
        doors.has(name) && spec.apiEndpoint === endpointOf(name);
      const joined = joinedClusters({ loop, informers, isOurs });
      const members = membershipOf(informers, doors, joined);
      const definitions = federationControllers({
        yaml: {
          parse: (text) => parse(text) as unknown,
          format: (value) => stringify(value, { sortMapEntries: true }),
        },
        fillClusterSetIPs: fleet.federation.fillClusterSetIPs,
        lighthouse: fleet.dns.clusterset === "lighthouse" ? { globalCIDRs: globalCIDRsOf(fleet) } : undefined,
      });
      const karmada = startControllers({ loop, client, informers, members, definitions });
      const collector = new ClusterStatusCollector({ loop, client, informers, members });
      collector.start();
      stops.push(
        () => karmada.stop(),
        () => collector.stop(),
        () => joined.close(),
      );
      return joined;
    },
    join: (member, id) => mustCreate(server, Cluster, clusterOf(member, id)),
    stop: () => {
      for (const stop of stops.reverse()) stop();
      informers.stop();
    },
  };
}

function hostServer(fleet: FleetSpec, surroundings: Surroundings): ApiServer {
  const { loop } = surroundings;
  return new ApiServer({
    cluster: "host",
    loop,
    descriptors: [...builtinDescriptors, ...karmadaDescriptors],
    version: serverVersion(fleet.host.version),
    schemas: surroundings.schemas,
    schemaPool: surroundings.schemaPool,
    freeze: surroundings.freeze,
    rbac: true,
    tokenSigner: surroundings.tokenSigner,
    webhooks: webhookCaller({ loop }),
    foreign: foreignCaller({ loop, identity: surroundings.frontProxy }),
    virtual: [componentStatuses({ beside: false })],
    aggregated: karmadaAggregated,
    admission: [
      namespaceLifecyclePlugin,
      ...defaultAdmission,
      serviceAddressPlugin({
        cidr: fleet.host.serviceCIDR ?? SERVICE_CIDR,
        random: loop.random.stream("host service addresses"),
      }),
      ...karmadaAdmission,
    ],
  });
}

/** What a host holds before anything is asked of it. */
function install(server: ApiServer): void {
  const write = (kind: Kind<KubeObject>, object: KubeObject): void => mustCreate(server, kind, object);
  for (const name of SYSTEM_NAMESPACES) write(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  for (const role of KARMADA_ROLES) write(ClusterRole, role);
  for (const crd of readHostCrds()) write(CustomResourceDefinition, crd);
  for (const [kind, object] of aggregatedObjects) write(kind, object);
}

function mustCreate(server: ApiServer, kind: Kind<KubeObject>, object: KubeObject): void {
  const answer = server.answer({ verb: "create", kind, object }, ADMINISTRATOR);
  if (!answer.ok) throw new StatusError(answer.status);
}

/** Members of a fleet are reached by their doors; their address is a name. */
function endpointOf(member: string): string {
  return `https://${member}`;
}

function clusterOf(member: MemberSpec, id: string | undefined): Cluster {
  const { provider, region, zones, taints, labels } = member;
  return {
    apiVersion: "cluster.karmada.io/v1alpha1",
    kind: "Cluster",
    metadata: { name: member.name, ...(labels === undefined ? {} : { labels }) },
    spec: {
      ...(id === undefined ? {} : { id }),
      syncMode: "Push",
      apiEndpoint: endpointOf(member.name),
      secretRef: { namespace: "karmada-cluster", name: member.name },
      impersonatorSecretRef: { namespace: "karmada-cluster", name: `${member.name}-impersonator` },
      ...(provider === undefined ? {} : { provider }),
      ...(region === undefined ? {} : { region }),
      ...(zones === undefined ? {} : { zones }),
      ...(taints === undefined ? {} : { taints }),
    },
  };
}
