import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Answer, type ServedMember, serveMember } from "./served-member.ts";
import { ask as askRaw, dial } from "./spdy-client.ts";

const PODS = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: nginx, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: php, labels: {app: php}}
spec: {containers: [{name: main, image: "myos:httpd", ports: [{name: http, containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: two}
spec:
  initContainers: [{name: before, image: busybox, command: [echo, prepared]}]
  containers: [{name: a, image: busybox, command: [sleep, infinity]}, {name: b, image: busybox, command: [sleep, infinity]}]
---
apiVersion: v1
kind: Pod
metadata: {name: missing}
spec: {containers: [{name: c, image: "missing:1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: crashing}
spec: {containers: [{name: c, image: busybox, command: [sh, -c, "echo going; sleep 1; exit 1"]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: waiting}
spec:
  containers: [{name: c, image: busybox, volumeMounts: [{name: v, mountPath: /v}]}]
  volumes: [{name: v, configMap: {name: none}}]
---
apiVersion: v1
kind: Pod
metadata: {name: nowhere}
spec: {nodeSelector: {no: where}, containers: [{name: c, image: busybox}]}
---
apiVersion: v1
kind: Pod
metadata: {name: pages}
spec:
  containers:
  - name: c
    image: registry.k8s.io/e2e-test-images/agnhost:2.53
    command: [sh, -c, "echo up > /logs/boot.log; exec /agnhost netexec"]
    volumeMounts: [{name: logs, mountPath: /logs}]
  volumes: [{name: logs, hostPath: {path: /var/log}}]
---
apiVersion: v1
kind: Pod
metadata: {name: chat}
spec:
  containers:
  - name: c
    image: busybox
    command: [nc, -lk, -p, "9000", -e, sh, -c, 'printf "HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: chat/1\\r\\n\\r\\n"; cat']
---
apiVersion: v1
kind: Service
metadata: {name: php}
spec: {selector: {app: php}, ports: [{name: web, port: 8080, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: several}
spec: {selector: {app: php}, ports: [{name: one, port: 1, targetPort: 80}, {name: two, port: 2, targetPort: 81}]}
---
apiVersion: v1
kind: Service
metadata: {name: empty}
spec: {selector: {app: none}, ports: [{port: 80}]}
`;
const IN = "/api/v1/namespaces/default";
const NODE = "/api/v1/nodes/member1-control-plane";

let member: ServedMember;
beforeAll(async () => {
  member = await serveMember(PODS);
  for (const pod of ["web", "php", "two", "crashing", "pages", "chat"]) await member.started(pod);
  await member.world.host.apply(`
apiVersion: v1
kind: Pod
metadata: {name: template}
spec: {containers: [{name: c, image: busybox}]}
`);
  await member.world.until(async () => {
    const pods = await Promise.all(
      ["missing", "crashing"].map((name) => member.world.member("member1").get("pods", name)),
    );
    return /ImagePullBackOff.*lastState.*terminated.*exitCode/s.test(JSON.stringify(pods.map((pod) => pod?.status)));
  });
});
afterAll(() => member.stop());

const message = ({ body }: Answer): string => {
  try {
    return (JSON.parse(body) as { readonly message?: string }).message ?? body;
  } catch {
    return body;
  }
};

describe("pods/log", () => {
  const rows: readonly (readonly [path: string, status: number, message: string])[] = [
    ["none/log", 404, 'pods "none" not found'],
    ["web/log?container=other", 400, "container other is not valid for pod web"],
    [
      "two/log",
      400,
      "a container name must be specified for pod two, choose one of: [a b] or one of the init containers: [before]",
    ],
    ["two/log?container=before", 200, "prepared\n"],
    ["missing/log", 400, 'container "c" in pod "missing" is waiting to start: trying and failing to pull image'],
    ["waiting/log", 400, 'container "c" in pod "waiting" is waiting to start: ContainerCreating'],
    ["web/log?previous=true", 400, 'previous terminated container "nginx" in pod "web" not found'],
    ["crashing/log?previous=true&tailLines=1", 200, "going\n"],
    ["nowhere/log", 200, ""],
    [
      "web/log?tailLines=-1",
      422,
      'PodLogOptions "web" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      "web/log?limitBytes=0",
      422,
      'PodLogOptions "web" is invalid: limitBytes: Invalid value: 0: must be greater than 0',
    ],
    ["web/log?tailLines=many", 400, 'strconv.ParseInt: parsing "many": invalid syntax'],
    ["web/log?sinceTime=yesterday", 400, 'parsing time "yesterday" as RFC 3339 failed'],
  ];
  it.each(rows)("GET %s is %i %s", async (path, status, text) => {
    const answer = await member.ask(`${IN}/pods/${path}`);
    expect([answer.status, message(answer)]).toEqual([status, text]);
  });

  it("takes GET only", async () => {
    expect((await member.ask(`${IN}/pods/web/log`, { method: "POST" })).status).toBe(405);
  });
});

describe("proxies", () => {
  const rows: readonly (readonly [path: string, status: number, text: RegExp])[] = [
    [`${IN}/pods/web/proxy/`, 200, /Welcome to nginx!/],
    [`${IN}/pods/web:80/proxy/`, 200, /Welcome to nginx!/],
    [`${IN}/pods/http:web:80/proxy/none`, 404, /404 Not Found/],
    [
      `${IN}/pods/web:81/proxy/`,
      503,
      /^error trying to reach service: dial tcp 10\.10\.\S+:81: connect: connection refused$/,
    ],
    [`${IN}/pods/web:x/proxy/`, 400, /invalid port/],
    [`${IN}/pods/nowhere/proxy/`, 400, /^address not allowed$/],
    [`${IN}/pods/none/proxy/`, 404, /^pods "none" not found$/],
    [`${IN}/services/php/proxy/`, 200, /Welcome to The Apache/],
    [`${IN}/services/php:web/proxy/`, 200, /Welcome to The Apache/],
    [`${IN}/services/http:php:8080/proxy/`, 200, /Welcome to The Apache/],
    [`${IN}/services/php:other/proxy/`, 503, /^no service port "other" found for service "php"$/],
    [`${IN}/services/several/proxy/`, 503, /^no service port "" found for service "several"$/],
    [`${IN}/services/several:one/proxy/`, 200, /Welcome to The Apache/],
    [`${IN}/services/empty/proxy/`, 503, /^no endpoints available for service "empty"$/],
    [`${IN}/services/none/proxy/`, 404, /^services "none" not found$/],
    [`${NODE}/proxy/healthz`, 200, /^ok$/],
    [`${NODE}:10250/proxy/metrics`, 200, /kubelet_running_pods \d+\n/],
    [`${NODE}:10250/proxy/metrics/resource`, 200, /resource_scrape_error 0\n/],
    [`${NODE}:10250/proxy/runningpods/`, 200, /"kind":"PodList".*"name":"web"/],
    [`${NODE}/proxy/containerLogs/default/two/before`, 200, /^prepared\n$/],
    [`${NODE}/proxy/logs/`, 200, /^<!doctype html>\n<meta .*>\n<pre>\n<a href="boot.log">boot.log<\/a>\n<\/pre>\n$/],
    [`${NODE}:10250/proxy/logs/boot.log`, 200, /^up\n$/],
    [`${NODE}/proxy/logs/none`, 404, /^404 page not found\n$/],
    [`${NODE}/proxy/logs`, 301, /^$/],
    [`${NODE}/proxy/nothing`, 404, /^404 page not found\n$/],
    [`${NODE}:9/proxy/`, 503, /connection refused/],
    ["/api/v1/nodes/none/proxy/healthz", 404, /^nodes "none" not found$/],
    [`${IN}/pods/%zz/proxy/`, 400, /escape/],
  ];
  it.each(rows)("GET %s is %i", async (path, status, text) => {
    const answer = await member.ask(path);
    expect(answer.status).toBe(status);
    expect(message(answer)).toMatch(text);
  });

  it("hand on method, path, query and headers, but not the connection's own", async () => {
    const { body, headers } = await member.ask(`${IN}/services/php/proxy/info.php?a=%20b`, {
      method: "PUT",
      headers: { "user-agent": "tester/1" },
      body: "sent",
    });
    expect(body).toContain("[REQUEST_METHOD] => PUT");
    expect(body).toContain("[REQUEST_URI] => /info.php?a=%20b");
    expect(body).toContain("[HTTP_USER_AGENT] => tester/1");
    expect(headers.server).toBe("Apache/2.4");
  });

  it("send a browser to the slash that relative links need", async () => {
    const { status, headers } = await member.ask(`${IN}/services/php/proxy?a=b`);
    expect([status, headers.location]).toEqual([301, `${IN}/services/php/proxy/?a=b`]);
  });
});

describe("pages behind proxies", () => {
  const prefix = `${IN}/pods/pages:8080/proxy`;
  const echo = (page: string): string => `${prefix}/echo?msg=${encodeURIComponent(page)}`;
  const rows: readonly (readonly [page: string, shown: string])[] = [
    ['<a href="/next?a=b#c">x</a>', `<a href="${prefix}/next?a=b#c">x</a>`],
    ["<p><A HREF=/next/ title=/t>x</A>", `<p><A HREF=${prefix}/next/ title=/t>x</A>`],
    ["<b><img src='/a.png' alt='/b'/>", `<b><img src='${prefix}/a.png' alt='/b'/>`],
    ['<p><form action="https://127.0.0.1/send" x>', '<p><form action="https://127.0.0.1/send" x>'],
    ['<p><link href="next.css">', '<p><link href="next.css">'],
    [`<p><a href="${prefix}/there">`, `<p><a href="${prefix}/there">`],
    ['{"href": "/next"}', '{"href": "/next"}'],
  ];
  it.each(rows)("lead through the proxy again: %s", async (page, shown) => {
    expect((await member.ask(echo(page))).body).toBe(shown);
  });

  it.each([
    ["/hostname", `${prefix}/hostname`],
    ["http://10.0.0.1/elsewhere", "http://10.0.0.1/elsewhere"],
    ["hostname", "hostname"],
    ["", undefined],
  ])("send there too: %s", async (location, shown) => {
    const { status, headers } = await member.ask(`${prefix}/redirect?location=${encodeURIComponent(location)}`);
    expect([status, headers.location || undefined]).toEqual([302, shown]);
  });

  it.each([
    ["X-Forwarded-Uri", `${prefix}/header`],
    ["X-Forwarded-For", "203.0.113.7, 127.0.0.1"],
    ["X-Forwarded-Proto", ""],
    ["Accept-Encoding", "gzip"],
    ["Authorization", ""],
  ])("are told in %s what the proxy adds", async (name, value) => {
    const headers = { "x-forwarded-for": "203.0.113.7" };
    expect((await member.ask(`${prefix}/header?key=${name}`, { headers })).body).toBe(value);
  });
});

describe("other protocols behind proxies", () => {
  const lines = (path: string) => [
    `GET ${IN}/${path} HTTP/1.1`,
    "Connection: Upgrade",
    "Upgrade: chat/1",
    "X-Own: kept",
  ];

  it("are spoken with a program, byte by byte", async () => {
    const socket = await dial(member.door);
    const { text, rest } = await askRaw(socket, lines("pods/chat:9000/proxy/room?a=b"));
    expect(text).toBe("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat/1");
    let heard = rest.toString();
    socket.on("data", (chunk: Buffer) => {
      heard += chunk.toString();
    });
    socket.write("hello\n");
    await vi.waitFor(() => expect(heard).toContain("hello"), { timeout: 30_000 });
    expect(heard).toMatch(
      /^GET \/room\?a=b HTTP\/1\.1\r\nConnection: Upgrade\r\nUpgrade: chat\/1\r\nX-Own: kept\r\nHost: localhost\r\nX-Forwarded-For: 127\.0\.0\.1\r\n/,
    );
    socket.destroy();
  });

  it.each([
    ["pods/pages:8080/proxy/hostname", "HTTP/1.1 200 OK"],
    ["pods/pages:81/proxy/", "HTTP/1.1 500 Internal Server Error"],
    ["services/empty/proxy/", "HTTP/1.1 503 Service Unavailable"],
    ["pods/none/proxy/", "HTTP/1.1 404 Not Found"],
  ])("are refused as %s would refuse any request", async (path, status) => {
    const socket = await dial(member.door);
    const { text } = await askRaw(socket, lines(path));
    expect(text.split("\r\n")[0]).toBe(status);
    socket.destroy();
  });
});

describe("who may stream", () => {
  it.each(["pods/web/log", "pods/web/exec", "pods/web/portforward", "services/php/proxy/"])(
    "not the anonymous: %s",
    async (path) => {
      const answer = await member.ask(`${IN}/${path}`, { as: "anonymous" });
      expect(answer.status).toBe(403);
      expect(message(answer)).toContain(
        `User "system:anonymous" cannot get resource "${path.replace(/^(\w+)\/\w+\/(\w+).*/, "$1/$2")}"`,
      );
    },
  );

  it("nor who stands in for somebody without the right", async () => {
    const answer = await member.ask(`${IN}/pods/web/log`, { headers: { "impersonate-user": "somebody" } });
    expect(message(answer)).toContain('User "somebody" cannot get resource "pods/log"');
  });

  it("and only over an upgraded connection", async () => {
    const answer = await member.ask(`${IN}/pods/web/exec?command=ls&stdout=true`, { method: "POST" });
    expect([answer.status, answer.body]).toEqual([400, "unable to upgrade: missing upgrade headers in request\n"]);
  });

  it("nothing at a host, where pods do not run", async () => {
    expect((await member.ask(`${IN}/pods/template/log`, { as: "host" })).status).toBe(200);
    const answer = await member.ask(`${IN}/pods/template/attach`, { as: "host" });
    expect([answer.status, message(answer)]).toEqual([400, "pod template does not have a host assigned"]);
  });
});
