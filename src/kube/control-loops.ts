import type { ClusterClient } from "../client/index.ts";
import type { AnyDefinition } from "../controller/index.ts";
import { horizontalPodAutoscaler } from "./autoscaling/horizontal-pod-autoscaler.ts";
import { liveReads } from "./autoscaling/live-reads.ts";
import { approvingController } from "./certificates/approving-controller.ts";
import type { CertificateSigner } from "./certificates/certificate-signer.ts";
import { signingRequestCleaner } from "./certificates/cleaner.ts";
import { signingController } from "./certificates/signing-controller.ts";
import { workloadControllers } from "./controllers/index.ts";
import { disruptionController } from "./disruption/disruption-controller.ts";
import { staleTargetsController } from "./disruption/stale-targets.ts";
import { clusterRoleAggregation } from "./lifecycle/cluster-role-aggregation.ts";
import { garbageCollector } from "./lifecycle/garbage-collector.ts";
import { namespaceController } from "./lifecycle/namespace-controller.ts";
import { nodeLifecycleController } from "./lifecycle/node-lifecycle.ts";
import { podGarbageCollector } from "./lifecycle/pod-garbage-collector.ts";
import { resourceQuotaController } from "./lifecycle/resource-quota.ts";
import { serviceAccountController } from "./lifecycle/service-account-controller.ts";
import { storageProtectionControllers } from "./lifecycle/storage-protection.ts";
import { taintEvictionController } from "./lifecycle/taint-eviction.ts";
import { scheduler } from "./scheduler/scheduler.ts";
import { addressRepairController } from "./services/address-repair-controller.ts";
import { type CloudConfig, ingressAddress } from "./services/cloud.ts";
import { endpointSliceController } from "./services/endpoint-slice-controller.ts";
import { endpointSliceMirroringController } from "./services/endpoint-slice-mirroring.ts";
import { endpointsController } from "./services/endpoints-controller.ts";
import { ingressStatusController } from "./services/ingress-status-controller.ts";
import { leakedAddressController } from "./services/leaked-addresses.ts";
import { loadBalancerController } from "./services/load-balancer-controller.ts";
import { portRepairController } from "./services/port-repair-controller.ts";
import { serviceCidrController } from "./services/service-cidr-controller.ts";
import { claimBinder } from "./storage/claim-binder.ts";
import { ephemeralClaims } from "./storage/ephemeral-claims.ts";
import { localPathProvisioner, localPathRemover } from "./storage/local-path-provisioner.ts";
import { volumeKeeper } from "./storage/volume-keeper.ts";

/** What runs in a control plane without nodes: deletion in order, certificates. Fresh ones each time, for some have a memory. */
export function hostControllers(
  client: ClusterClient,
  signer: CertificateSigner | undefined,
): readonly AnyDefinition[] {
  return [namespaceController(), garbageCollector(), clusterRoleAggregation, ...certificateControllers(client, signer)];
}

function certificateControllers(
  client: ClusterClient,
  signer: CertificateSigner | undefined,
): readonly AnyDefinition[] {
  const signing = signer === undefined ? [] : [signingController(signer)];
  return [approvingController(client), ...signing, signingRequestCleaner];
}

type MemberOptions = {
  readonly caCertificate: string;
  /** Kubernetes 1.N: some defaults depend on it. */
  readonly minor: number;
  readonly serviceCIDR: string;
  readonly nodePortRange: string;
  readonly cloud: CloudConfig;
  readonly certificateSigner?: CertificateSigner;
};

/** What runs in a whole cluster: kube-controller-manager and kube-scheduler; `client` asks for what cannot be watched. */
export function memberControllers(options: MemberOptions, client: ClusterClient): readonly AnyDefinition[] {
  const { minor } = options;
  const ingress = ingressAddress(options.cloud);
  return [
    ...workloadControllers(minor),
    horizontalPodAutoscaler(liveReads(client)),
    scheduler(),
    endpointSliceController(minor),
    endpointSliceMirroringController,
    endpointsController(),
    ...addressControllers(minor, options.serviceCIDR),
    portRepairController(options.nodePortRange),
    loadBalancerController(options.cloud),
    ...(ingress === undefined ? [] : [ingressStatusController(ingress)]),
    namespaceController(),
    garbageCollector(),
    serviceAccountController(options.caCertificate),
    nodeLifecycleController(nodeMonitorGraceMs(minor)),
    taintEvictionController(),
    podGarbageCollector(),
    ...storageProtectionControllers(minor),
    claimBinder,
    volumeKeeper,
    ephemeralClaims,
    localPathProvisioner,
    localPathRemover,
    disruptionController(client),
    staleTargetsController,
    resourceQuotaController(),
    clusterRoleAggregation,
    ...certificateControllers(client, options.certificateSigner),
  ];
}

/** What looks after ranges and addresses of Services; before 1.33 these were no objects. */
function addressControllers(minor: number, serviceCIDR: string): readonly AnyDefinition[] {
  const areObjects = minor >= 33;
  const repair = addressRepairController({ serviceCIDR, areObjects });
  return areObjects ? [repair, leakedAddressController, serviceCidrController(serviceCIDR)] : [repair];
}

/** `--node-monitor-grace-period`: 40 s, and 50 s since 1.32. */
function nodeMonitorGraceMs(minor: number): number {
  return minor >= 32 ? 50_000 : 40_000;
}
