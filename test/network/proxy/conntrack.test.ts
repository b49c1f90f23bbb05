import { describe, expect, it } from "vitest";
import { Pod, Service } from "../../../src/api/index.ts";
import { nodesNamed, type OneCluster, oneCluster } from "./one-cluster.ts";

const AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.53";

/** A server of UDP that is ready while the file `/ready` says so. */
function server(at: OneCluster, name: string): void {
  const probe = { exec: { command: ["test", "-e", "/tmp/ready"] }, periodSeconds: 1, failureThreshold: 1 };
  at.create(Pod, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels: { app: "dns" } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "c",
          image: AGNHOST,
          command: ["sh", "-c", "touch /tmp/ready; exec /agnhost netexec --udp-port=53"],
          readinessProbe: probe,
        },
      ],
    },
  });
}

/** A cluster where one client asks a Service over one flow of datagrams, every second. */
function world(): OneCluster {
  const at = oneCluster({ nodes: nodesNamed(1) });
  server(at, "one");
  at.service("dns", {
    selector: { app: "dns" },
    clusterIP: "10.96.7.7",
    ports: [{ name: "udp", protocol: "UDP", port: 53 }],
  });
  const command = ["sh", "-c", "while true; do echo hostname; sleep 1; done | nc -u 10.96.7.7 53"];
  at.client("client", { containers: [{ name: "c", image: "busybox:1.36", command }] });
  return at;
}

/** Whom the client has heard in the next ten seconds. */
function heard(at: OneCluster): readonly string[] {
  const log = (): string => at.network.log({ cluster: "c1", namespace: "default", pod: "client" })?.text ?? "";
  const before = log().length;
  at.advance(10);
  const said =
    log()
      .slice(before)
      .match(/one|two/g) ?? [];
  return [...new Set(said)];
}

describe("a flow of datagrams to a Service", () => {
  it("KP-37 stays where it went, and moves on when that serves no longer while another does", () => {
    const at = world();
    expect(heard(at)).toEqual(["one"]);
    server(at, "two");
    expect(heard(at)).toEqual(["one"]);
    at.exec("one", "rm", "/tmp/ready");
    expect(heard(at)).toContain("two");
    expect(heard(at)).toEqual(["two"]);
    at.exec("one", "touch", "/tmp/ready");
    expect(heard(at)).toEqual(["two"]);
    at.remove(Pod, "two");
    expect(heard(at)).toEqual(["one"]);
  });

  it("KP-37 goes on to what serves no longer while nothing else does, and with the Service gone", () => {
    const at = world();
    expect(heard(at)).toEqual(["one"]);
    at.exec("one", "rm", "/tmp/ready");
    at.advance(5);
    expect(heard(at)).toEqual(["one"]);
    at.remove(Service, "dns");
    expect(heard(at)).toEqual(["one"]);
  });

  it("KP-37 goes where nobody is while there is no endpoint, and to the next that comes", () => {
    const at = world();
    expect(heard(at)).toEqual(["one"]);
    at.remove(Pod, "one");
    expect(heard(at)).toEqual([]);
    server(at, "two");
    expect(heard(at)).toEqual(["two"]);
  });
});
