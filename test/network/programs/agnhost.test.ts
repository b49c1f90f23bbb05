import { beforeEach, describe, expect, it } from "vitest";
import { type Bench, bench } from "../containers.ts";

const IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.53";
let at: Bench;

beforeEach(() => {
  at = bench();
  at.run({ name: "box", image: "busybox", ip: "10.1.0.60", container: { command: ["sleep", "infinity"] } });
  agnhost("net", "10.1.0.50", ["netexec", "--http-port=8080"]);
});

function agnhost(name: string, ip: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return at.run({ name, image: IMAGE, ip, env, container: { args: [...args] } });
}

function logOf(pod: string): string {
  return at.network.log({ cluster: "c1", namespace: "default", pod })?.text ?? "";
}

describe("agnhost netexec", () => {
  const rows: readonly (readonly [path: string, answer: string])[] = [
    ["/hostname", "net"],
    ["/hostName", "net"],
    ["/clientip", "10.1.0.60:32768"],
    ["/serverport", "8080"],
    ["/echo?msg=some%20words", "some words"],
    ["/echo?msg=teapot&code=418", "teapot 418"],
    ["/echo?code=x", "argument 'code' must be an integer or empty, got \"x\"\n"],
    ["/header?key=X-Some", "thing"],
    ["/readyz", "ok"],
    ["/redirect?location=/echo%3Fmsg=hi&code=307", '<a href="/echo?msg=hi">Temporary Redirect</a>.\n\n 307'],
    ["/shell?cmd=echo%20out;exit%203", '{"error":"exit status 3","output":"out\\n"}'],
    ["/dial?host=10.1.0.50&port=8080&request=hostname&tries=2", '{"responses":["net","net"]}'],
    ["/dial?host=10.1.0.50&port=8081&protocol=udp&request=hostname", '{"responses":["net"]}'],
    ["/dial?host=10.1.0.50&port=8081&protocol=udp&request=echo%20ab", '{"responses":["ab"]}'],
    ["/dial?host=10.1.0.50&port=8081&protocol=udp&request=serverport", '{"responses":["8081"]}'],
    [
      "/dial?host=10.1.0.50&port=81&request=hostname",
      '{"errors":["Get \\"http://10.1.0.50:81/hostname\\": dial tcp 10.1.0.50:81: connect: connection refused"]}',
    ],
    [
      "/dial?host=10.1.0.50&port=82&protocol=udp&request=hostname",
      '{"errors":["reading from udp connection failed. err:\'read udp 10.1.0.50:32768->10.1.0.50:82: connection refused\'"]}',
    ],
    ["/dial?host=10.1.0.50&port=81", "request parameter not specified. <nil>\n 400"],
    ["/dial?host=10.1.0.50&port=81&request=x&protocol=smoke", "unsupported protocol. smoke\n 400"],
  ];
  it.each(rows)("answers %s", (path, answer) => {
    const told = at.sh("box", `curl -s -w ' %{http_code}' -H 'X-Some: thing' 'http://10.1.0.50:8080${path}'`);
    expect(told.replace(/ 200$/, "")).toBe(answer);
  });

  it("tells the time it has run for", () => {
    at.advance(2500);
    expect(at.sh("box", "curl -s 10.1.0.50:8080")).toBe("NOW: 2023-06-12 02:58:02.500 +0000 UTC m=+2.500000000");
  });

  it("ends with the code it is told, breaking off what it was answering", () => {
    const ended = agnhost("end", "10.1.0.51", ["netexec"]);
    expect(at.sh("box", "curl -s -m 9 '10.1.0.51:8080/exit?code=7&wait=3s'")).toBe("[52]");
    at.advance(0);
    expect(ended.exits).toEqual([7]);
  });

  it("lets a caller go that will not wait for the answer", () => {
    expect(at.sh("box", "curl -m 2 '10.1.0.50:8080/exit?wait=1h'")).toBe(
      "curl: (28) Operation timed out after 2001 milliseconds with 0 bytes received\n[28]",
    );
  });

  it("is no longer ready, but serves, while its shutdown is delayed", () => {
    const slow = agnhost("slow", "10.1.0.52", ["netexec", "--delay-shutdown", "10", "--udp-port", "-1"]);
    slow.stop(30_000);
    at.advance(1000);
    expect(at.sh("box", "curl -s -w ' %{http_code}' 10.1.0.52:8080/readyz")).toBe("shutting down 503");
    expect(at.sh("box", "curl -s 10.1.0.52:8080/hostname")).toBe("slow");
    at.advance(9000);
    expect(slow.exits).toEqual([0]);
  });
});

describe("agnhost", () => {
  const tools: readonly (readonly [command: string, output: string])[] = [
    ["/agnhost dns-suffix", "default.svc.cluster.local,svc.cluster.local,cluster.local\n"],
    ["/agnhost dns-server-list", "10.96.0.10\n"],
    ["/agnhost-2 entrypoint-tester a b", "[/agnhost-2 entrypoint-tester a b]\n"],
    ["/agnhost connect --timeout=3s 10.1.0.50:8080", ""],
    ["/agnhost connect --timeout=3s 10.1.0.50:81", "REFUSED\n[1]"],
    ["/agnhost connect --timeout=3s 10.1.0.99:80", "TIMEOUT\n[1]"],
    ["/agnhost connect --protocol udp 10.1.0.50:8081", ""],
    ["/agnhost connect 10.1.0.50", "UNKNOWN: address 10.1.0.50: missing port in address\n[1]"],
    ["/agnhost dance", 'Error: unknown command "dance" for "app"\nRun \'app --help\' for usage.\n[1]'],
  ];
  it.each(tools)("%s", (command, output) => expect(at.sh("net", command)).toBe(output));

  it("pauses when it is told nothing, until a signal", () => {
    const paused = agnhost("paused", "10.1.0.53", []);
    paused.stop(30_000);
    expect(paused.exits).toEqual([]);
    at.advance(0);
    expect(paused.exits).toEqual([2]);
    expect(logOf("paused")).toBe('Paused\nSignals registered\nexiting because of signal "terminated"\n');
  });

  it("serves what its environment says at the ports it says", () => {
    const served = { SERVE_PORT_81: "eighty-one", SERVE_UDP_PORT_82: "datagram", SERVE_SCTP_PORT_83: "stream" };
    agnhost("porter", "10.1.0.54", ["porter"], served);
    expect(at.sh("box", "curl -s 10.1.0.54:81/any/path")).toBe("eighty-one");
    expect(at.sh("box", "curl -s '10.1.0.50:8080/dial?host=10.1.0.54&port=82&protocol=udp&request=x'")).toBe(
      '{"responses":["datagram"]}',
    );
    const dialSctp = (port: number): string =>
      at.sh("box", `curl -s '10.1.0.50:8080/dial?host=10.1.0.54&port=${port}&protocol=sctp&request=x'`);
    expect([dialSctp(83), dialSctp(84)]).toEqual([
      '{"responses":["stream"]}',
      '{"errors":["sctp dial failed. err:connection refused"]}',
    ]);
    expect(at.sh("box", "/agnhost connect 10.1.0.54:84 --protocol=sctp --timeout=1s")).toBe(
      "OTHER: connection refused\n[1]",
    );
  });

  it("answers by SCTP what it answers by UDP, where it is told a port", () => {
    agnhost("both", "10.1.0.64", ["netexec", "--sctp-port=9090"]);
    expect(at.sh("box", "curl -s '10.1.0.50:8080/dial?host=10.1.0.64&port=9090&protocol=sctp&request=hostname'")).toBe(
      '{"responses":["both"]}',
    );
    expect(at.sh("box", "/agnhost connect 10.1.0.64:9090 --protocol=sctp")).toBe("");
  });

  it("is alive for ten seconds as liveness", () => {
    agnhost("live", "10.1.0.55", ["liveness"]);
    const health = (): string => at.sh("box", "curl -s -w ' %{http_code}' 10.1.0.55:8080/healthz");
    expect(health()).toBe("ok 200");
    at.advance(10_001);
    expect(health()).toBe("error: 10.001 500");
  });

  it("serves its name until a minute after it is told to end", () => {
    const named = agnhost("named", "10.1.0.62", ["serve-hostname", "--port=9000"]);
    agnhost("datagrams", "10.1.0.63", ["serve-hostname", "--http=false", "--tcp", "--udp", "--port=9000"]);
    named.stop(90_000);
    at.advance(59_000);
    expect(at.sh("box", "curl -s 10.1.0.62:9000; echo; echo x | nc -u -w 1 10.1.0.63 9000")).toBe("named\ndatagrams");
    expect(at.sh("box", "echo hostName | nc -v -t -w 2 10.1.0.63 9000")).toBe(
      "datagrams10.1.0.63 (10.1.0.63:9000) open\n",
    );
    const both = agnhost("both", "10.1.0.64", ["serve-hostname", "--tcp"]);
    at.advance(0);
    expect([both.exits, logOf("both")]).toEqual([
      [1],
      expect.stringContaining("Can't server TCP/UDP mode and HTTP mode at the same time"),
    ]);
    at.advance(1000);
    expect(named.exits).toEqual([0]);
  });

  it("serves the files of its container as test-webserver", () => {
    agnhost("files", "10.1.0.64", ["test-webserver"]);
    expect(at.sh("files", "mkdir -p /www/sub; echo page > /www/index.html; echo one > '/www/sub/a b'")).toBe("");
    const rows = ["/www/", "/www/sub/a%20b", "/www/sub", "/www/none"];
    expect(rows.map((path) => at.sh("box", `curl -s 10.1.0.64${path}`))).toEqual([
      "page\n",
      "one\n",
      '<pre>\n<a href="a b">a b</a>\n</pre>\n',
      "404 page not found\n",
    ]);
  });

  it("answers every path with another's where netexec is told so, and ends when asked", () => {
    const odd = agnhost("odd", "10.1.0.65", ["netexec", "--http-override=/echo?msg=said&code=418"]);
    expect(at.sh("box", "curl -s -w ' %{http_code}' 10.1.0.65:8080/hostname")).toBe("said 418");
    expect(odd.exits).toEqual([]);
    const asked = agnhost("asked", "10.1.0.66", ["netexec"]);
    expect(at.sh("box", "curl -s 10.1.0.66:8080/shutdown")).toBe("[52]");
    expect(asked.exits).toEqual([0]);
  });

  it.each([
    ["abc", "printf abc", "xxxxxx", "Received expected client data\nShutting down connection\nDone\n", 0],
    ["", "printf ''", "xxxxxx", "Shutting down connection\nDone\n", 0],
    ["abc", "printf abd", "", 'Expect to read "abc", but got "abd". err=<nil>\n', 3],
    ["abc", "printf ab", "", "Expected to read 3 bytes from client, but got 2 instead. err=EOF\n", 2],
  ])("sends pieces to who sent %j, for: %s", (expected, client, received, told, code) => {
    const env = {
      BIND_PORT: "80",
      EXPECTED_CLIENT_DATA: expected,
      CHUNKS: "3",
      CHUNK_SIZE: "2",
      CHUNK_INTERVAL: "100",
    };
    const ip = `10.1.0.${80 + code + expected.length + received.length}`;
    const from = ip.replace("10.1.0.", "10.1.0.1");
    const tester = at.run({ name: `pf-${ip}`, image: IMAGE, ip, env, container: { args: ["port-forward-tester"] } });
    const command = ["sh", "-c", `${client} | nc ${ip} 80`];
    at.run({ name: `to-${ip}`, image: "busybox", ip: from, container: { command } });
    at.advance(1000);
    expect(logOf(`to-${ip}`)).toBe(received);
    expect([logOf(`pf-${ip}`), tester.exits]).toEqual([`Accepted client connection\n${told}`, [code]]);
  });

  it.each([
    [{ CHUNKS: "1", CHUNK_SIZE: "-1" }, "panic: strings: negative Repeat count\n", 2],
    [{ CHUNKS: "1", CHUNK_SIZE: "99999999999" }, "fatal error: out of memory\n", 2],
    [{ CHUNKS: "few" }, 'Error parsing CHUNKS "few": strconv.Atoi: parsing "few": invalid syntax\n', 1],
  ])("sends no pieces of %j", (change, told, code) => {
    const env = { BIND_PORT: "80", CHUNK_SIZE: "1", CHUNK_INTERVAL: "1", ...change };
    const args = ["port-forward-tester"];
    const tester = at.run({ name: "odd", image: IMAGE, ip: "10.1.0.70", env, container: { args } });
    expect(at.sh("box", "nc 10.1.0.70 80 < /dev/null")).toBe("");
    expect([logOf("odd"), tester.exits]).toEqual([`Accepted client connection\n${told}`, [code]]);
  });

  it("keeps a guestbook whose replicas hear of every entry", () => {
    agnhost("primary", "10.1.0.56", ["guestbook", "--http-port", "6379"]);
    agnhost("replica", "10.1.0.57", ["guestbook", "--replicaof", "10.1.0.56", "--http-port", "6379"]);
    at.advance(1000);
    expect(at.sh("box", "curl -s '10.1.0.56:6379/set?key=a&value=1'")).toBe('{"message":"Updated"}');
    expect(at.sh("box", "curl -s '10.1.0.57:6379/get'")).toBe('{"data":{"a":"1"}}');
  });

  it("generates as many lines as asked, in the time asked", () => {
    const generated = agnhost("lines", "10.1.0.58", ["logs-generator", "-t", "4", "-d", "2s"]);
    at.advance(1000);
    expect(logOf("lines").split("\n")).toHaveLength(4);
    at.advance(1000);
    expect(generated.exits).toEqual([0]);
    expect(logOf("lines")).toMatch(
      /^I0612 02:58:00\.000000 +1 logs_generator\.go:76\] 0 (GET|POST|PUT) \/api\/v1\/namespaces\//,
    );
  });

  it.each([
    [{ runAsUser: 1000 }, "-rw-------", 1000, 0],
    [{ fsGroup: 10_000 }, "-rw-r-----", 0, 10_000],
    [{ runAsUser: 1000, fsGroup: 10_000 }, "-rw-r-----", 1000, 10_000],
    [{}, "-rw-r--r--", 0, 0],
  ])("tells who may read the token of a pod with %j", (securityContext, mode, uid, gid) => {
    const name = `token-${uid}-${gid}`;
    const volumeMounts = [{ name: "t", mountPath: "/t" }];
    const volumes = [{ name: "t", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }];
    at.run({
      name,
      image: IMAGE,
      files: { "/t/token": "secret" },
      container: { args: ["mounttest", "--fs_type=/t", "--file_perm=/t/token", "--file_owner=/t/token"], volumeMounts },
      spec: { volumes, securityContext },
    });
    at.advance(0);
    expect(logOf(name)).toBe(
      `mount type of "/t": tmpfs\nperms of file "/t/token": ${mode}\nowner UID of "/t/token": ${uid}\nowner GID of "/t/token": ${gid}\n`,
    );
  });

  it("tells content and mode of what is mounted", () => {
    at.run({
      name: "mounts",
      image: IMAGE,
      ip: "10.1.0.59",
      files: { "/etc/conf/key": "value", "/etc/conf/own": "o" },
      container: { args: ["pause"], volumeMounts: [{ name: "conf", mountPath: "/etc/conf" }] },
      spec: {
        volumes: [
          {
            name: "conf",
            configMap: { name: "c", defaultMode: 0o400, items: [{ key: "own", path: "own", mode: 0o777 }] },
          },
        ],
      },
    });
    expect(at.sh("mounts", "/agnhost mounttest --file_content=/etc/conf/key --file_mode=/etc/conf/key")).toBe(
      'mode of file "/etc/conf/key": -r--------\ncontent of file "/etc/conf/key": value\n',
    );
    expect(at.sh("mounts", "/agnhost mounttest --file_perm=/etc/conf/own")).toBe(
      'perms of file "/etc/conf/own": -rwxrwxrwx\n',
    );
    expect(
      at.sh("mounts", "/agnhost mounttest --fs_type=/etc/conf --new_file_0644=/tmp/new --file_owner=/tmp/new"),
    ).toBe(
      'mount type of "/etc/conf": ext2/ext3\ncontent of file "/tmp/new": mount-tester new file\n\nowner UID of "/tmp/new": 0\nowner GID of "/tmp/new": 0\n',
    );
    expect(
      at.sh(
        "mounts",
        "(sleep 3; echo mount-tester new file > /tmp/late) & /agnhost mounttest --file_content_in_loop=/tmp/late",
      ),
    ).toBe(
      "Error reading file /tmp/late: open /tmp/late: no such file or directory, retrying\n".repeat(2) +
        'content of file "/tmp/late": mount-tester new file\n\n',
    );
    expect(at.sh("mounts", "/agnhost mounttest --file_content=/none")).toBe(
      'error reading file content for "/none": open /none: no such file or directory\n[1]',
    );
  });
});

describe("agnhost webhook", () => {
  const review = (path: string, request: object): unknown => {
    const body = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: { uid: "u", ...request } };
    const text = at.sh("box", `curl -s -d '${JSON.stringify(body)}' https://10.1.0.70${path}`);
    const { response } = JSON.parse(text) as { response: { patch?: string } };
    return response.patch === undefined
      ? response
      : { ...response, patch: JSON.parse(Buffer.from(response.patch, "base64").toString()) };
  };
  const rows: readonly (readonly [path: string, request: object, response: object])[] = [
    ["/always-deny", {}, { allowed: false, status: { message: "this webhook denies all requests" } }],
    [
      "/configmaps",
      { operation: "CREATE", object: { data: { "webhook-e2e-test": "webhook-disallow" } } },
      { allowed: false, status: { reason: "the configmap contains unwanted key and value" } },
    ],
    [
      "/custom-resource",
      { operation: "DELETE", oldObject: { data: { "webhook-e2e-test": "webhook-nondeletable" } } },
      {
        allowed: false,
        status: { reason: "the custom resource cannot be deleted because it contains unwanted key and value" },
      },
    ],
    ["/pods", { object: { spec: { containers: [{ name: "fine" }] } } }, { allowed: true }],
    [
      "/pods",
      {
        object: {
          metadata: { labels: { "webhook-e2e-test": "webhook-disallow" } },
          spec: { containers: [{ name: "webhook-disallow" }] },
        },
      },
      {
        allowed: false,
        status: { message: "the pod contains unwanted label; the pod contains unwanted container name;" },
      },
    ],
    [
      "/mutating-pods-sidecar",
      { object: { spec: { containers: [{ name: "fine" }] } } },
      {
        allowed: true,
        patchType: "JSONPatch",
        patch: [
          {
            op: "add",
            path: "/spec/containers/-",
            value: { image: "beside", name: "webhook-added-sidecar", resources: {} },
          },
        ],
      },
    ],
    [
      "/mutating-configmaps",
      { operation: "CREATE", object: { data: { "mutation-start": "yes" } } },
      {
        allowed: true,
        patchType: "JSONPatch",
        patch: [{ op: "add", path: "/data/mutation-stage-1", value: "yes" }],
      },
    ],
    [
      "/add-label",
      { object: { metadata: { labels: { "added-label": "no" } } } },
      {
        allowed: true,
        patchType: "JSONPatch",
        patch: [{ op: "replace", path: "/metadata/labels/added-label", value: "yes" }],
      },
    ],
  ];
  it.each(rows)("judges at %s", (path, request, response) => {
    agnhost("hook", "10.1.0.70", [
      "webhook",
      "--tls-cert-file=/x",
      "--tls-private-key-file=/y",
      "--sidecar-image=beside",
    ]);
    expect(review(path, request)).toEqual({ uid: "u", ...response });
  });

  it("converts the example resource, and says what it cannot", () => {
    agnhost("convert", "10.1.0.71", ["crd-conversion-webhook", "--port=9443"]);
    const convert = (object: object, desiredAPIVersion: string): unknown => {
      const request = { uid: "u", desiredAPIVersion, objects: [object] };
      const body = { apiVersion: "apiextensions.k8s.io/v1", kind: "ConversionReview", request };
      const text = at.sh("box", `curl -s -d '${JSON.stringify(body)}' https://10.1.0.71:9443/crdconvert`);
      const { response } = JSON.parse(text) as {
        response: { convertedObjects: object[]; result: { message?: string } };
      };
      return response.convertedObjects[0] ?? response.result.message;
    };
    const [v1, v2] = ["stable.example.com/v1", "stable.example.com/v2"];
    expect(convert({ apiVersion: v1, hostPort: "h:80" }, v2)).toEqual({ apiVersion: v2, host: "h", port: "80" });
    expect(convert({ apiVersion: v2, host: "h", port: "80" }, v1)).toEqual({ apiVersion: v1, hostPort: "h:80" });
    expect(convert({ apiVersion: v1, hostPort: "h" }, v2)).toBe("invalid hostPort value `h`");
  });
});

it.each([
  ["0666", "-rw-rw-rw-"],
  ["0660", "-rw-rw----"],
  ["0777", "-rwxrwxrwx"],
])("mounttest makes a file of mode %s and sees it so", (digits, mode) => {
  expect(at.sh("box", `/agnhost mounttest --new_file_${digits}=/tmp/new --file_perm=/tmp/new`)).toBe(
    `content of file "/tmp/new": mount-tester new file\n\nperms of file "/tmp/new": ${mode}\n`,
  );
});

it("agnhost's image tells of itself before its arguments", () => {
  agnhost("args", "10.1.0.70", ["entrypoint-tester", "some", "words"]);
  expect(logOf("args")).toBe("[/agnhost entrypoint-tester some words]\n");
});

describe("agnhost grpc-health-checking", () => {
  const health = (args: readonly string[]) => {
    const container = { name: "main", image: IMAGE };
    agnhost("health", "10.1.0.51", ["grpc-health-checking", ...args]);
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "health", namespace: "default" },
      spec: { containers: [container] },
    } as const;
    return (service = "") => at.network.runtime("c1").probe(pod, container, { grpc: { port: 5000, service } });
  };
  const unhealthy = { success: false, message: 'service unhealthy (responded with "NOT_SERVING")' };

  it("is well until its time is over", () => {
    const probe = health(["--delay-unhealthy-sec=10"]);
    expect(probe()).toBe(true);
    at.advance(10_000);
    expect(probe()).toEqual(unhealthy);
  });

  it("is as well as it was last told to be", () => {
    const probe = health([]);
    at.sh("box", "curl -s 10.1.0.51:8080/make-not-serving");
    expect(probe()).toEqual(unhealthy);
    at.sh("box", "curl -s 10.1.0.51:8080/make-serving");
    expect(probe()).toBe(true);
    expect(logOf("health")).toMatch(
      /Mark as unhealthy\n.*Serving the Check request for health check, started at 2023/s,
    );
  });

  it("knows one service", () => {
    const probe = health(["--service=mine", "--port=5000"]);
    expect(probe("mine")).toBe(true);
    expect(probe("other")).toEqual({
      success: false,
      message: "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service",
    });
  });
});
