import { beforeEach, describe, expect, it } from "vitest";
import type { Container, Pod, Probe } from "../../../src/api/index.ts";
import type { ContainerTarget } from "../../../src/network/index.ts";
import { type Bench, bench, NODE } from "../containers.ts";

let at: Bench;
beforeEach(() => {
  at = bench({ images: { "private/app": { missing: true } } });
});

const target = (pod: string): ContainerTarget & { readonly cluster: string } => ({
  cluster: "c1",
  namespace: "default",
  pod,
});
const SLEEP = { command: ["sleep", "30"] };

describe("a container", () => {
  it("ends when its program does", () => {
    const job = at.run({ name: "job", image: "myos:latest", container: { command: ["/bin/sleep", "30"] } });
    at.advance(29_999);
    expect(job.exits).toEqual([]);
    at.advance(1);
    expect(job.exits).toEqual([0]);
  });

  it("does not keep the world busy by sleeping", () => {
    at.run({ name: "job", image: "busybox", container: SLEEP });
    expect(at.loop.idle).toBe(true);
  });

  it("ends at SIGTERM if its program listens, else is killed when the grace is over", () => {
    const polite = at.run({ name: "web", image: "nginx" });
    const deaf = at.run({ name: "deaf", image: "busybox", container: { command: ["sleep", "infinity"] } });
    polite.stop(30_000);
    deaf.stop(30_000);
    at.advance(0);
    expect([polite.exits, deaf.exits]).toEqual([[0], []]);
    at.advance(30_000);
    expect(deaf.exits).toEqual([137]);
  });

  it("stops listening when it ends", () => {
    const web = at.run({ name: "web", image: "nginx", ip: "10.1.0.50" });
    at.run({ name: "box", image: "busybox", container: SLEEP });
    expect(at.sh("box", "curl -s -o /dev/null -w '%{http_code}' 10.1.0.50")).toBe("200");
    web.stop(0);
    expect(at.sh("box", "curl -m 1 10.1.0.50")).toContain("timed out");
  });

  it("shares address and resolv.conf with the others of its pod", () => {
    const pod = { name: "pair", image: "busybox", ip: "10.1.0.7" };
    at.run({ ...pod, container: { name: "one", ...SLEEP } });
    at.run({ ...pod, container: { name: "two", ...SLEEP } });
    at.sh("pair", "echo nameserver 9.9.9.9 > /etc/resolv.conf; echo mine > /tmp/own");
    const two = at.network.runtime("c1").files({ ...target("pair"), container: "two" });
    expect(two?.read("/etc/resolv.conf")).toBe("nameserver 9.9.9.9\n");
    expect(two?.read("/tmp/own")).toBeUndefined();
  });

  it("S0-62 answers at its host port on every address of the node", () => {
    at.run({ name: "exporter", image: "exporter", container: { ports: [{ containerPort: 9100, hostPort: 9100 }] } });
    at.run({ name: "box", image: "busybox", container: SLEEP });
    expect(at.sh("box", "curl -s http://172.18.0.2:9100")).toBe("exporter in exporter\n");
  });

  it("answers at the host address it names alone, and over the protocol it names", () => {
    const port = (name: string, say: string, hostIP: string, protocol: "TCP" | "UDP" = "TCP"): void => {
      const command = [protocol === "TCP" ? "serve-tcp" : "serve-udp", "--port", "80", "--say", say];
      const ports = [{ containerPort: 80, hostPort: 5432, hostIP, protocol }];
      at.run({ name, image: "busybox", container: { command, ports } });
    };
    at.network.fabric.cluster("c1").putNode(NODE);
    port("inner", "inner", "172.18.0.2");
    port("outer", "outer", "203.0.113.2");
    port("local", "local", "127.0.0.1");
    port("datagrams", "datagrams", "172.18.0.2", "UDP");
    at.run({ name: "box", image: "busybox", container: SLEEP });
    at.run({ name: "host", image: "busybox", ip: "172.18.0.2", container: SLEEP, spec: { hostNetwork: true } });
    const say = (pod: string, command: string): string => at.sh(pod, `nc -w 1 ${command} 5432 < /dev/null`);
    expect([say("box", "172.18.0.2"), say("box", "203.0.113.2"), say("host", "127.0.0.1")]).toEqual([
      "inner",
      "outer",
      "local",
    ]);
    expect(at.sh("box", "echo x | nc -u -w 1 172.18.0.2 5432")).toBe("datagrams");
  });

  it("frees its host port with its port, which its own list of ports alone tells", () => {
    const ports = [
      { containerPort: 80, hostPort: 5432, hostIP: "127.0.0.1" },
      { containerPort: 80, hostPort: 5433 },
    ];
    at.run({ name: "server", image: "busybox", container: { command: ["sh", "-c", "nc -l -p 80"], ports } });
    at.run({ name: "box", image: "busybox", container: SLEEP });
    at.run({ name: "host", image: "busybox", ip: "172.18.0.2", container: SLEEP, spec: { hostNetwork: true } });
    expect(at.sh("server", "netstat -tln | grep -c LISTEN")).toBe("1\n");
    expect(at.sh("box", "(echo first; sleep 9) | nc 172.18.0.2 5433 & sleep 1; nc -zv 172.18.0.2 5433")).toBe(
      "nc: 172.18.0.2 (172.18.0.2:5433): Connection refused\n[1]",
    );
  });

  it("cannot be had when its image is declared missing", () => {
    const runtime = at.network.runtime("c1");
    expect(runtime.pull("registry.example.com/private/app:2")).toMatchObject({ ok: false });
    expect(runtime.pull("anything/else")).toEqual({ ok: true });
  });
});

describe("logs", () => {
  it("keep the instance before", () => {
    at.run({ name: "twice", image: "busybox", container: { command: ["echo", "first"] } });
    at.advance(0);
    at.run({ name: "twice", image: "busybox", container: { command: ["echo", "second"] } });
    expect(at.network.log(target("twice"))?.text).toBe("second\n");
    expect(at.network.log(target("twice"), { previous: true })?.text).toBe("first\n");
  });

  it("are bounded, the oldest going first", () => {
    const script = "for i in $(seq 400); do echo $i-$LONG; done";
    at.run({
      name: "chatty",
      image: "busybox",
      env: { LONG: "x".repeat(1000) },
      container: { command: ["sh", "-c", script] },
    });
    const text = at.network.log(target("chatty"))?.text ?? "";
    expect(text.length).toBeLessThanOrEqual(262_144);
    expect(text.endsWith(`400-${"x".repeat(1000)}\n`)).toBe(true);
  });

  it("tell followers of every piece and of the end", () => {
    at.run({ name: "slow", image: "busybox", container: { command: ["sh", "-c", "echo a; sleep 1; echo b"] } });
    const told: string[] = [];
    at.network
      .log(target("slow"))
      ?.follow({ onPiece: (piece) => void told.push(piece.text), onEnd: () => void told.push("end") });
    at.advance(1_000);
    expect(told).toEqual(["b\n", "end"]);
  });
});

describe("exec", () => {
  it("sees environment and files of the container", () => {
    at.run({ name: "box", image: "busybox", container: SLEEP, env: { A: "1" }, files: { "/etc/config/key": "value" } });
    expect(at.exec("box", "env").stdout).toBe("A=1\n");
    expect(at.exec("box", "cat", "/etc/config/key").stdout).toBe("value");
  });

  it("says what it cannot do", () => {
    expect(at.exec("nobody", "true").stderr).toBe("container not found");
    at.run({ name: "box", image: "busybox", container: SLEEP });
    expect(at.exec("box", "nonsense").stderr).toBe('exec: "nonsense": executable file not found in $PATH');
  });

  it("ends with the container", () => {
    const box = at.run({ name: "box", image: "busybox", container: SLEEP });
    const codes: number[] = [];
    const output = { stdout: () => {}, stderr: () => {} };
    at.network.exec(target("box"), { argv: ["sleep", "100"], output, onExit: (code) => void codes.push(code) });
    box.stop(0);
    at.advance(0);
    expect(codes).toEqual([137]);
  });
});

describe("probes", () => {
  const rows: readonly (readonly [string, Probe, unknown])[] = [
    ["httpGet of a page", { httpGet: { port: 80 } }, true],
    ["httpGet by a port's name", { httpGet: { port: "http" } }, true],
    [
      "httpGet of no page",
      { httpGet: { port: 80, path: "/none" } },
      { success: false, message: "HTTP probe failed with statuscode: 404" },
    ],
    [
      "httpGet where nobody listens",
      { httpGet: { port: 81, path: "/x" } },
      { success: false, message: 'Get "http://10.1.0.5:81/x": dial tcp 10.1.0.5:81: connect: connection refused' },
    ],
    ["tcpSocket", { tcpSocket: { port: 80 } }, true],
    [
      "tcpSocket where nobody listens",
      { tcpSocket: { port: 81 } },
      { success: false, message: "dial tcp 10.1.0.5:81: connect: connection refused" },
    ],
    [
      "grpc where nobody listens",
      { grpc: { port: 81 }, timeoutSeconds: 3 },
      {
        success: false,
        message: 'timeout: failed to connect service "10.1.0.5:81" within 3s: context deadline exceeded',
      },
    ],
    [
      "grpc of a web server, which speaks none",
      { grpc: { port: 80 } },
      {
        success: false,
        message: 'timeout: failed to connect service "10.1.0.5:80" within 1s: context deadline exceeded',
      },
    ],
    ["exec that succeeds", { exec: { command: ["cat", "/etc/hostname"] } }, true],
    [
      "exec that fails",
      { exec: { command: ["cat", "/tmp/healthy"] } },
      { success: false, message: "cat: /tmp/healthy: No such file or directory\n" },
    ],
    [
      "exec of no command",
      { exec: { command: ["nothing"] } },
      { success: false, message: 'exec: "nothing": executable file not found in $PATH\n' },
    ],
    ["exec that takes time", { exec: { command: ["sleep", "3"] }, timeoutSeconds: 4 }, true],
    [
      "exec that takes too much time",
      { exec: { command: ["sleep", "9"] } },
      { success: false, message: 'command timed out: "sleep 9" timed out after 1s' },
    ],
    ["httpGet of a program of bytes", { httpGet: { host: "10.1.0.6", port: 7000 } }, true],
    [
      "httpGet of a program that says nothing",
      { httpGet: { host: "10.1.0.6", port: 7001 }, timeoutSeconds: 2 },
      {
        success: false,
        message:
          'Get "http://10.1.0.6:7001/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
      },
    ],
    [
      "httpGet of a program that speaks no HTTP",
      { httpGet: { host: "10.1.0.6", port: 7002 } },
      {
        success: false,
        message: 'Get "http://10.1.0.6:7002/": net/http: HTTP/1.x transport connection broken: malformed HTTP response',
      },
    ],
    [
      "httpGet of a page that takes time",
      { httpGet: { host: "10.1.0.7", port: 8080, path: "/shell?cmd=sleep%202" }, timeoutSeconds: 3 },
      true,
    ],
    [
      "httpGet of a page that takes too much time",
      { httpGet: { host: "10.1.0.7", port: 8080, path: "/shell?cmd=sleep%202" } },
      {
        success: false,
        message:
          'Get "http://10.1.0.7:8080/shell?cmd=sleep%202": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
      },
    ],
    [
      "httpGet of what sends to a page",
      { httpGet: { host: "10.1.0.7", port: 8080, path: "/redirect?location=/hostname" } },
      true,
    ],
    [
      "httpGet of what sends to no page",
      { httpGet: { host: "10.1.0.7", port: 8080, path: "/redirect?location=/echo%3Fcode=500" } },
      { success: false, message: "HTTP probe failed with statuscode: 500" },
    ],
    [
      "httpGet of what sends to no address",
      { httpGet: { host: "10.1.0.7", port: 8080, path: "/redirect?location=http://%5B" } },
      {
        success: false,
        message:
          'Get "http://10.1.0.7:8080/redirect?location=http://%5B": failed to parse Location header "http://[": parse "http://[": missing \']\' in host',
      },
    ],
    [
      "httpGet of what sends elsewhere",
      { httpGet: { host: "10.1.0.7", port: 8080, path: "/redirect?location=http://0.0.0.0/healthz" } },
      {
        success: true,
        message: 'Probe terminated redirects, Response body: <a href="http://0.0.0.0/healthz">Found</a>.\n\n',
      },
    ],
  ];
  it.each(rows)("%s", (_, probe, wanted) => {
    const container: Container = { name: "main", image: "nginx", ports: [{ name: "http", containerPort: 80 }] };
    at.run({ name: "web", image: "nginx", ip: "10.1.0.5", container });
    const bytes = `(while true; do printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok' | nc -l -p 7000; done) &
      sleep 9 | nc -l -p 7001 & echo hi | nc -l -p 7002 & sleep 1d`;
    at.run({ name: "bytes", image: "busybox", ip: "10.1.0.6", container: { command: ["sh", "-c", bytes] } });
    at.run({ name: "agnhost", image: "agnhost", ip: "10.1.0.7", container: { command: ["/agnhost", "netexec"] } });
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: "default" },
      spec: { containers: [container] },
    } as Pod;
    const answer = at.network.runtime("c1").probe(pod, container, probe);
    const told: unknown[] = [];
    if (typeof answer === "object" && "later" in answer) answer.later((result) => told.push(result));
    else told.push(answer);
    at.advance(5000);
    expect(told).toEqual([wanted]);
  });
});
