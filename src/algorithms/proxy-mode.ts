/** The ways kube-proxy has of putting rules to work on Linux. */
export type ProxyMode = "userspace" | "iptables" | "ipvs" | "nftables";

/** What a kube-proxy is told, and where it runs. */
export type ProxyCircumstances = {
  /** `mode` of its configuration; empty means the platform's best. */
  readonly mode: string;
  /** `ipvs.scheduler`; empty means `rr`. */
  readonly scheduler: string;
  /** The minor version of Kubernetes 1.x. */
  readonly minor: number;
  /** The kernel modules a node can load; all when absent. */
  readonly kernelModules?: readonly string[] | undefined;
};

/** What a kube-proxy does about it: run in a mode, with a word about it in its log, or exit. */
export type ProxyModeDecision =
  | { readonly ok: true; readonly mode: ProxyMode; readonly scheduler: IpvsScheduler; readonly log: readonly string[] }
  | { readonly ok: false; readonly error: string };

/** The schedulers of Linux' ip_vs that are told apart here; the locality-based ones stick to a destination's server. */
export type IpvsScheduler = (typeof SCHEDULERS)[number];

const SCHEDULERS = ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "dh", "sed", "nq", "mh", "fo", "ovf"] as const;
const IPVS_MODULES = ["ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh", "nf_conntrack"];
/** Kubernetes 1.26 removed the userspace mode (#112133) and the fallback from ipvs (#111806). */
const STRICT_MINOR = 26;
const NFTABLES_MINOR = 29;

/** The mode a kube-proxy ends up in (`cmd/kube-proxy/app`): older ones fall back to iptables where newer ones exit. */
export function effectiveProxyMode(told: ProxyCircumstances): ProxyModeDecision {
  const { mode, minor } = told;
  const run = (effective: ProxyMode, ...log: readonly string[]): ProxyModeDecision => ({
    ok: true,
    mode: effective,
    scheduler: "rr",
    log,
  });
  if (mode === "" || mode === "iptables") return run("iptables", "Using iptables Proxier");
  if (mode === "userspace" && minor < STRICT_MINOR) return run("userspace", "Using userspace Proxier");
  if (mode === "nftables" && minor >= NFTABLES_MINOR) return run("nftables", "Using nftables Proxier");
  if (mode === "ipvs") return ipvs(told);
  const known =
    minor >= NFTABLES_MINOR
      ? "iptables, ipvs, nftables"
      : minor >= STRICT_MINOR
        ? "iptables, ipvs"
        : "iptables, ipvs, userspace";
  return {
    ok: false,
    error: `KubeProxyConfiguration.Mode: Invalid value: ${JSON.stringify(mode)}: must be ${known} or blank (blank means the best-available proxy [currently iptables])`,
  };
}

/** Whether ip_vs has a scheduler of that name. */
function isIpvsScheduler(name: string): name is IpvsScheduler {
  return (SCHEDULERS as readonly string[]).includes(name);
}

function ipvs({ scheduler: named, minor, kernelModules }: ProxyCircumstances): ProxyModeDecision {
  const scheduler = named === "" ? "rr" : named;
  if (!isIpvsScheduler(scheduler))
    return { ok: false, error: `can't use the IPVS proxier: unknown IPVS scheduler ${JSON.stringify(scheduler)}` };
  const required = [...new Set([...IPVS_MODULES, `ip_vs_${scheduler}`])];
  const missing = kernelModules === undefined ? [] : required.filter((module) => !kernelModules.includes(module));
  if (missing.length === 0) return { ok: true, mode: "ipvs", scheduler, log: ["Using ipvs Proxier"] };
  const why = `IPVS proxier will not be used because the following required kernel modules are not loaded: [${missing.join(" ")}]`;
  if (minor >= STRICT_MINOR) return { ok: false, error: `can't use the IPVS proxier: ${why}` };
  return {
    ok: true,
    mode: "iptables",
    scheduler: "rr",
    log: [why, "Can't use the IPVS proxier, falling back to iptables"],
  };
}
