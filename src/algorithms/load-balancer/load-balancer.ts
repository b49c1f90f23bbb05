import type { Service } from "../../api/index.ts";
import { awsSettings } from "./aws.ts";
import type { BalancerListener, LoadBalancer } from "./model.ts";
import { tencentSettings } from "./tencent.ts";

const ANYWHERE = "0.0.0.0/0";
const LEGACY_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";
const NAME_LENGTH = 32;

/** The load balancer a cloud builds for a Service of type LoadBalancer, whichever provider's annotations it carries. */
export function loadBalancerOf(service: Service): LoadBalancer {
  const annotations = service.metadata.annotations ?? {};
  const name = balancerName(service);
  const plain: LoadBalancer = {
    name,
    kind: "virtual",
    internal: isInternal(annotations),
    listeners: plainListeners(service),
    sourceRanges: sourceRangesOf(service),
    proxyProtocol: false,
    crossZone: true,
    tags: {},
    securityGroups: [],
    onlyNodesWithPods: false,
    recorded: {},
    warnings: [],
  };
  return tencentSettings(awsSettings(plain, annotations), annotations);
}

/** Upstream's `DefaultLoadBalancerName`: the UID without its dashes behind an `a`, 32 characters at most. */
function balancerName({ metadata }: Service): string {
  return `a${(metadata.uid ?? "").replaceAll("-", "")}`.slice(0, NAME_LENGTH);
}

/** Whose clients may use the Service's load balancer: the field, the annotation before it, or anyone. */
function sourceRangesOf({ spec, metadata }: Service): readonly string[] {
  const field = spec.loadBalancerSourceRanges ?? [];
  const texts = field.length > 0 ? field : (metadata.annotations?.[LEGACY_RANGES] ?? "").split(",");
  const ranges = texts.map((text) => text.trim()).filter((text) => text !== "");
  return ranges.length > 0 ? ranges : [ANYWHERE];
}

function plainListeners({ spec }: Service): readonly BalancerListener[] {
  return (spec.ports ?? []).map(({ port, protocol = "TCP", nodePort = 0 }) => ({
    port,
    protocol,
    ...(nodePort > 0 ? { nodePort } : {}),
    frontend: protocol,
    backend: protocol,
  }));
}

/** The ways providers have of asking for an address inside the virtual network. */
function isInternal(annotations: Readonly<Record<string, string>>): boolean {
  const aws = annotations["service.beta.kubernetes.io/aws-load-balancer-internal"] ?? "";
  const gke = annotations["networking.gke.io/load-balancer-type"] ?? annotations["cloud.google.com/load-balancer-type"];
  return (
    (aws !== "" && aws !== "false") ||
    gke?.toLowerCase() === "internal" ||
    annotations["service.beta.kubernetes.io/azure-load-balancer-internal"] === "true" ||
    annotations["service.kubernetes.io/qcloud-loadbalancer-internal-subnetid"] !== undefined
  );
}
