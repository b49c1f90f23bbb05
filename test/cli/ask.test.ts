import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { atoll, type Ran, type ServedFleet, serve } from "./served-fleet.ts";

describe("questions to a running fleet", () => {
  let fleet: ServedFleet;
  const ask = (...argv: readonly string[]): Promise<Ran> =>
    atoll(...argv, "--cluster", "member1", "--kubeconfig-dir", fleet.folder);
  beforeAll(async () => {
    fleet = await serve("--members", "1");
  });
  afterAll(async () => {
    await fleet.stop();
  });

  it("shows the walk of a resolver, step by step", async () => {
    const { stdout } = await ask("dig", "kubernetes.default");
    expect(stdout).toContain("kubernetes.default.default.svc.cluster.local. A at 10.11.0.10: NXDOMAIN\n");
    expect(stdout).toContain("kubernetes.default.svc.cluster.local. A at 10.11.0.10: NOERROR 10.11.0.1\n");
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("answer: 10.11.0.1");
    expect((await ask("dig", "nowhere.default")).stdout).toContain("no answer: no such host");
  });

  it("shows each rule a request meets", async () => {
    const { stdout } = await ask("explain", "request", "http://kubernetes.default:444");
    expect(stdout).toContain("10.11.0.1:444 is no port of a Service in member1");
  });

  it("shows what kube-proxy programs", async () => {
    const { stdout } = await ask("proxy", "rules");
    expect(stdout).toMatch(/^# mode iptables\n/);
    expect(stdout).toContain(
      '-A KUBE-SERVICES -d 10.11.0.10/32 -p udp -m comment --comment "kube-system/kube-dns:dns cluster IP" -m udp --dport 53 -j KUBE-SVC-',
    );
  });

  it("says in one sentence that no fleet is up", async () => {
    const ran = await atoll("dig", "a", "--cluster", "member1", "--kubeconfig-dir", "/nowhere");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^atoll: .*\/nowhere\/members\.config.*\n$/);
  });
});
