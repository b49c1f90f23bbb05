import type { AccessLog, BalancerListener, BalancerProtocol, HealthCheck, LoadBalancer } from "./model.ts";

type Annotations = Readonly<Record<string, string>>;

const PREFIX = "service.beta.kubernetes.io/aws-load-balancer-";
const BACKENDS: Readonly<Record<string, BalancerProtocol>> = { http: "HTTP", https: "HTTPS", ssl: "SSL", tcp: "TCP" };
/** What clients speak when the listener ends their TLS, by what nodes are spoken to with. */
const SECURED: Partial<Record<BalancerProtocol, BalancerProtocol>> = {
  HTTP: "HTTPS",
  HTTPS: "HTTPS",
  SSL: "SSL",
  TCP: "SSL",
};
const LOG_INTERVALS = [5, 60];
const HEALTH_DEFAULTS: HealthCheck = {
  healthyThreshold: 2,
  unhealthyThreshold: 6,
  intervalSeconds: 10,
  timeoutSeconds: 5,
};

/** Reads the annotations of Amazon's load balancers; the balancer as it was when there are none. */
export function awsSettings(plain: LoadBalancer, annotations: Annotations): LoadBalancer {
  const keys = Object.keys(annotations).filter((key) => key.startsWith(PREFIX));
  if (keys.length === 0) return plain;
  const warnings: string[] = [];
  const read = reader(annotations, warnings);
  const isNetwork = read.text("type") === "nlb";
  const groups = read.list("security-groups");
  const own = `k8s-elb-${plain.name}`;
  const log = accessLog(read);
  const nodeLabels = nodeLabelMatcher(read.text("target-node-labels"));
  const draining = read.flag("connection-draining-enabled")
    ? read.number("connection-draining-timeout", [0, 3600])
    : undefined;
  const idle = read.number("connection-idle-timeout", [1, 3600]);
  return {
    ...plain,
    kind: isNetwork ? "network" : "classic",
    listeners: plain.listeners.map((listener) => listenerOf(listener, read)),
    proxyProtocol: proxyProtocol(read),
    crossZone: read.flag("cross-zone-load-balancing-enabled"),
    healthCheck: healthCheck(read),
    tags: tagsOf(read.text("additional-resource-tags")),
    securityGroups: groups.length > 0 ? groups : [own, ...read.list("extra-security-groups")],
    ...(log === undefined ? {} : { accessLog: log }),
    ...(draining === undefined ? {} : { drainingSeconds: draining }),
    ...(idle === undefined ? {} : { idleSeconds: idle }),
    ...(nodeLabels === undefined ? {} : { nodeLabels }),
    warnings: [...plain.warnings, ...warnings],
  };
}

/** One rule of the nodes' security group. */
export type SecurityRule = {
  readonly rule: string;
  readonly protocol: string;
  readonly ports: string;
  readonly ranges: string;
  readonly description: string;
};

/** The rules a network load balancer writes for the nodes' security group, as Amazon's table lists them. */
export function networkBalancerRules(
  balancer: LoadBalancer,
  of: { readonly healthCheckNodePort?: number | undefined; readonly subnetCIDR: string },
): readonly SecurityRule[] {
  const ranges = balancer.sourceRanges.join(",");
  const nodePorts = balancer.listeners.flatMap(({ nodePort }) => (nodePort === undefined ? [] : [nodePort]));
  const health = of.healthCheckNodePort === undefined ? nodePorts : [of.healthCheckNodePort];
  const tag = (what: string): string => `kubernetes.io/rule/nlb/${what}=${balancer.name}`;
  return [
    {
      rule: "Health Check",
      protocol: "TCP",
      ports: health.join(","),
      ranges: of.subnetCIDR,
      description: tag("health"),
    },
    { rule: "Client Traffic", protocol: "TCP", ports: nodePorts.join(","), ranges, description: tag("client") },
    { rule: "MTU Discovery", protocol: "ICMP", ports: "3,4", ranges, description: tag("mtu") },
  ];
}

type Reader = {
  readonly text: (name: string) => string;
  readonly list: (name: string) => readonly string[];
  readonly flag: (name: string) => boolean;
  /** A number within bounds; `undefined`, and a warning if there is a text, otherwise. */
  readonly number: (name: string, bounds: readonly [number, number]) => number | undefined;
  readonly warn: (message: string) => void;
};

function reader(annotations: Annotations, warnings: string[]): Reader {
  const text = (name: string): string => (annotations[PREFIX + name] ?? "").trim();
  return {
    text,
    list: (name) =>
      text(name)
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
    flag: (name) => text(name) === "true",
    number: (name, [least, most]) => {
      const value = Number(text(name));
      if (text(name) === "") return undefined;
      if (Number.isInteger(value) && value >= least && value <= most) return value;
      warnings.push(
        `${PREFIX}${name} must be a number between ${least} and ${most}, not ${JSON.stringify(text(name))}`,
      );
      return undefined;
    },
    warn: (message) => void warnings.push(message),
  };
}

/** With a certificate, all ports or those named end TLS; without, HTTP is read where it is named (`buildListener`). */
function listenerOf(listener: BalancerListener, read: Reader): BalancerListener {
  if (listener.protocol !== "TCP") return listener;
  const named = read.text("backend-protocol").toLowerCase();
  const backend = BACKENDS[named];
  if (named !== "" && backend === undefined)
    read.warn(`${PREFIX}backend-protocol must be one of http, https, ssl, tcp, not ${JSON.stringify(named)}`);
  const certificate = read.text("ssl-cert");
  const securedPorts = read.list("ssl-ports");
  const isSecured = certificate !== "" && (securedPorts.length === 0 || securedPorts.includes(String(listener.port)));
  if (!isSecured) return backend === "HTTP" ? { ...listener, frontend: "HTTP", backend: "HTTP" } : listener;
  const policy = read.text("ssl-negotiation-policy");
  return {
    ...listener,
    backend: backend ?? "TCP",
    frontend: SECURED[backend ?? "TCP"] ?? "SSL",
    certificate,
    ...(policy === "" ? {} : { negotiationPolicy: policy }),
  };
}

function proxyProtocol(read: Reader): boolean {
  const value = read.text("proxy-protocol");
  if (value !== "" && value !== "*") read.warn(`${PREFIX}proxy-protocol must be "*", not ${JSON.stringify(value)}`);
  return value === "*";
}

function accessLog(read: Reader): AccessLog | undefined {
  if (!read.flag("access-log-enabled")) return undefined;
  const interval = read.text("access-log-emit-interval");
  const minutes = interval === "" ? 60 : Number(interval);
  if (!LOG_INTERVALS.includes(minutes))
    read.warn(`${PREFIX}access-log-emit-interval must be 5 or 60, not ${JSON.stringify(interval)}`);
  return {
    intervalMinutes: LOG_INTERVALS.includes(minutes) ? minutes : 60,
    bucket: read.text("access-log-s3-bucket-name"),
    prefix: read.text("access-log-s3-bucket-prefix"),
  };
}

function healthCheck(read: Reader): HealthCheck {
  const intervalSeconds = read.number("healthcheck-interval", [5, 300]) ?? HEALTH_DEFAULTS.intervalSeconds;
  const timeoutSeconds = read.number("healthcheck-timeout", [2, 60]) ?? HEALTH_DEFAULTS.timeoutSeconds;
  if (timeoutSeconds >= intervalSeconds)
    read.warn(`${PREFIX}healthcheck-timeout must be less than the interval of ${intervalSeconds} seconds`);
  return {
    healthyThreshold: read.number("healthcheck-healthy-threshold", [2, 10]) ?? HEALTH_DEFAULTS.healthyThreshold,
    unhealthyThreshold: read.number("healthcheck-unhealthy-threshold", [2, 10]) ?? HEALTH_DEFAULTS.unhealthyThreshold,
    intervalSeconds,
    timeoutSeconds: Math.min(timeoutSeconds, intervalSeconds - 1),
  };
}

function tagsOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  return Object.fromEntries(pairs.map((pair) => [pair.split("=")[0]?.trim() ?? "", pair.split("=")[1]?.trim() ?? ""]));
}

/** `ingress-gw,gw-name=public-api`: a key alone takes any value, and all must be there. */
function nodeLabelMatcher(text: string): LoadBalancer["nodeLabels"] {
  const wanted = Object.entries(tagsOf(text));
  if (wanted.length === 0) return undefined;
  return (labels) =>
    wanted.every(([key, value]) => labels?.[key] !== undefined && (value === "" || labels[key] === value));
}
