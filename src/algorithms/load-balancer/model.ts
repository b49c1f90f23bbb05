import type { LabelMatcher } from "../../apimachinery/index.ts";

/** How a load balancer speaks with clients or nodes; HTTP and HTTPS are read, the others passed on as they are. */
export type BalancerProtocol = "TCP" | "UDP" | "SCTP" | "SSL" | "HTTP" | "HTTPS";

/** One port of a load balancer. */
export type BalancerListener = {
  readonly port: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly nodePort?: number;
  readonly frontend: BalancerProtocol;
  readonly backend: BalancerProtocol;
  readonly certificate?: string;
  readonly negotiationPolicy?: string;
};

/** How a load balancer finds out which nodes answer. */
export type HealthCheck = {
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
};

export type AccessLog = { readonly intervalMinutes: number; readonly bucket: string; readonly prefix: string };

/** What a cloud makes of a Service: everything its annotations ask for, and what is wrong with them. */
export type LoadBalancer = {
  readonly name: string;
  /**
   * `virtual` announces the address from the nodes; `network` passes packets on to them with their source address;
   * `classic` opens connections of its own to their node ports.
   */
  readonly kind: "virtual" | "classic" | "network";
  readonly internal: boolean;
  readonly listeners: readonly BalancerListener[];
  /** Client networks that may connect; never empty. */
  readonly sourceRanges: readonly string[];
  readonly proxyProtocol: boolean;
  readonly crossZone: boolean;
  readonly healthCheck?: HealthCheck;
  readonly accessLog?: AccessLog;
  readonly drainingSeconds?: number;
  readonly idleSeconds?: number;
  readonly tags: Readonly<Record<string, string>>;
  /** The groups whose rules apply; the first is where the rules of this Service are written. */
  readonly securityGroups: readonly string[];
  /** Which nodes are registered, by their labels; all when absent. */
  readonly nodeLabels?: LabelMatcher;
  readonly onlyNodesWithPods: boolean;
  /** A load balancer that was there before the Service and stays after it. */
  readonly existingId?: string;
  /** Settings that are kept and shown, and change nothing here. */
  readonly recorded: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
};
