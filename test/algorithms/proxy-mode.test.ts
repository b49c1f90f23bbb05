import { describe, expect, it } from "vitest";
import { effectiveProxyMode } from "../../src/algorithms/index.ts";

const MODULES = ["ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh", "nf_conntrack"];

function told(
  mode: string,
  minor: number,
  more: { readonly scheduler?: string; readonly kernelModules?: readonly string[] } = {},
): string {
  const decision = effectiveProxyMode({ mode, minor, scheduler: "", ...more });
  return decision.ok ? `${decision.mode} ${decision.scheduler}` : decision.error;
}

describe("effectiveProxyMode", () => {
  const rows: readonly (readonly [string, string, string | RegExp])[] = [
    ["iptables when nothing is said", told("", 34), "iptables rr"],
    ["what is said", told("nftables", 34), "nftables rr"],
    ["no nftables before 1.29", told("nftables", 28), /must be iptables, ipvs or blank/],
    ["userspace up to 1.25", told("userspace", 25), "userspace rr"],
    ["no userspace from 1.26 on", told("userspace", 26), /^KubeProxyConfiguration\.Mode: Invalid value: "userspace"/],
    ["no mode nobody knows", told("magic", 34), /Invalid value: "magic": must be iptables, ipvs, nftables or blank/],
    ["ipvs with the scheduler named", told("ipvs", 34, { scheduler: "sed" }), "ipvs sed"],
    ["ipvs where its modules are", told("ipvs", 34, { kernelModules: MODULES }), "ipvs rr"],
    ["a fallback to iptables up to 1.25", told("ipvs", 25, { kernelModules: [] }), "iptables rr"],
    [
      "an end from 1.26 on",
      told("ipvs", 26, { kernelModules: [] }),
      /^can't use the IPVS proxier: .*\[ip_vs ip_vs_rr ip_vs_wrr ip_vs_sh nf_conntrack\]$/,
    ],
    [
      "an end without the scheduler's module",
      told("ipvs", 34, { scheduler: "lc", kernelModules: MODULES }),
      /\[ip_vs_lc\]$/,
    ],
    ["an end for a scheduler nobody knows", told("ipvs", 20, { scheduler: "best" }), /unknown IPVS scheduler "best"/],
  ];
  it.each(rows)("KP-01 KP-02 KP-03 gives %s", (_, got, wanted) => {
    if (typeof wanted === "string") expect(got).toBe(wanted);
    else expect(got).toMatch(wanted);
  });
});
