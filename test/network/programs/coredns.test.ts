import { describe, expect, it } from "vitest";
import { bench } from "../containers.ts";

const COREFILE = `.:53 {
  errors
  health {
    lameduck 5s
  }
  ready
  prometheus
  reload 2s 0
  kubernetes cluster.local
}
example.org {
  ready
  whoami
}
`;

/** A CoreDNS in a pod, without an API server, and a client beside it. */
function started() {
  const made = bench();
  const server = made.run({
    name: "coredns",
    image: "registry.k8s.io/coredns/coredns:v1.14.7",
    ip: "10.1.0.53",
    container: { args: ["-conf", "/etc/coredns/Corefile"] },
    files: { "/etc/coredns/Corefile": COREFILE },
  });
  made.run({ name: "client", image: "busybox:1.36", container: { command: ["sleep", "1d"] } });
  made.advance(1_000);
  const get = (page: string): string => made.sh("client", `curl -s -w ' %{http_code}' http://10.1.0.53:${page}`).trim();
  const log = (): readonly string[] =>
    made.network.log({ cluster: "c1", namespace: "default", pod: "coredns" })?.text.trimEnd().split("\n") ?? [];
  return { ...made, server, get, log };
}

describe("a CoreDNS process", () => {
  it("tells how it is, its blocks as one where they share a port", () => {
    const { get, log } = started();
    expect(["8080/health", "8080/health?a", "8080/", "8181/ready", "8181/ready/"].map(get)).toEqual([
      "OK 200",
      "OK 200",
      "404 page not found\n 404",
      "kubernetes 503",
      "404 page not found\n 404",
    ]);
    expect(log().at(-1)).toBe('[INFO] plugin/ready: Plugins not ready: "kubernetes"');
  });

  it("shows which configuration it has loaded since it was started", () => {
    const { get, sh, advance, log } = started();
    const versions = (): readonly string[] =>
      get("9153/metrics")
        .split("\n")
        .filter((line) => line.startsWith("coredns_reload_version_info"));
    expect(versions()).toEqual([]);
    sh("coredns", "sed -i s/whoami/erratic/ /etc/coredns/Corefile");
    advance(2_500);
    expect(log().at(-1)).toContain("plugin/reload: Corefile changed but reload failed: ");
    sh("coredns", "sed -i s/erratic/any/ /etc/coredns/Corefile");
    advance(2_500);
    const [hash] = log()
      .flatMap((line) => /SHA512 = (\w+)/.exec(line)?.[1] ?? [])
      .slice(-1);
    expect(versions()).toEqual([`coredns_reload_version_info{hash="sha512",value="${hash}"} 1`]);
    expect(get("9153/metrics")).toContain("coredns_reload_failed_total 1\n");
  });

  it("goes on answering for a while when it is asked to end, and is no longer ready", () => {
    const { get, server, advance, sh, log } = started();
    server.stop(30_000);
    advance(100);
    const whoami = "dig +noall +comments @10.1.0.53 a.example.org | grep -o 'status: [A-Z]*'";
    expect([get("8080/health"), get("8181/ready"), sh("client", whoami)]).toEqual([
      "OK 200",
      "000[7]",
      "status: NOERROR\n",
    ]);
    advance(5_000);
    expect(get("8080/health")).toBe("000[7]");
    expect(log().slice(-2)).toEqual([
      "[INFO] SIGTERM: Shutting down servers then terminating",
      "[INFO] plugin/health: Going into lameduck mode for 5s",
    ]);
  });
});
