import { beforeEach, describe, expect, it } from "vitest";
import { type Bench, bench } from "../containers.ts";
import { CLUSTER_COREFILE, testServer } from "../dns/test-server.ts";
import { service, slice } from "../objects.ts";

let at: Bench;

/** A cluster with a web server, its Service, and a box to ask from. */
beforeEach(() => {
  at = bench({ images: { "shop/front:1": { port: 8080, pages: { "/": "front\n" } }, "shop/back": { like: "nginx" } } });
  at.run({ name: "web", image: "nginx:1.25", ip: "10.1.0.50" });
  at.run({ name: "front", image: "registry.example.com/shop/front:1", ip: "10.1.0.51" });
  at.run({
    name: "back",
    image: "shop/back:2",
    ip: "10.1.0.52",
    files: { "/usr/share/nginx/html/index.html": "from a volume\n" },
  });
  at.run({ name: "box", image: "busybox", ip: "10.1.0.60", container: { command: ["sleep", "infinity"] } });
  at.run({ name: "debian", image: "debian:12", ip: "10.1.0.61", container: { command: ["sleep", "infinity"] } });
  const { zone, respond } = testServer(CLUSTER_COREFILE, { loop: at.loop });
  zone.putNamespace("default");
  const network = at.network.fabric.cluster("c1");
  const web = service("web", { clusterIP: "10.96.0.20", clusterIPs: ["10.96.0.20"] });
  const pods = service("pods", { clusterIP: "None", clusterIPs: ["None"] });
  const endpoints = slice({ service: "web", ports: [{ name: "", port: 80 }], endpoints: ["10.1.0.50"] });
  const both = slice({ service: "pods", endpoints: ["10.1.0.50", "10.1.0.51"] });
  for (const one of [web, pods]) {
    zone.putService(one);
    network.services.putService(one);
  }
  for (const one of [endpoints, both]) {
    zone.putEndpointSlice(one);
    network.services.putEndpointSlice(one);
  }
  network.dns = respond;
});

describe("curl's options", () => {
  beforeEach(() => {
    const serving = (name: string, ip: string, ...args: readonly string[]): void =>
      void at.run({ name, image: "busybox", ip, container: { command: ["serve-http", ...args] } });
    serving("moved", "10.1.0.70", "--status", "302", "--header", "location: http://10.1.0.51:8080/");
    serving("lost", "10.1.0.74", "--status", "302", "--header", "location: http://[");
    serving("round", "10.1.0.71", "--status", "307", "--header", "location: /");
    const agnhost = { image: "registry.k8s.io/e2e-test-images/agnhost:2.53", container: { args: ["netexec"] } };
    at.run({ name: "echo", ip: "10.1.0.72", ...agnhost });
  });
  const rows: readonly (readonly [args: string, output: string])[] = [
    ["-sL 10.1.0.70", "front\n"],
    [
      "-s -o /dev/null -w '%{http_code} %{num_redirects} %{url_effective}\\n' -L 10.1.0.70",
      "200 1 http://10.1.0.51:8080/\n",
    ],
    ["-s -o /dev/null -w '%{http_code}' 10.1.0.70", "302"],
    ["-sL 10.1.0.71", "[47]"],
    ["-sSL 10.1.0.71", "curl: (47) Maximum (50) redirects followed\n[47]"],
    ["-L --max-redirs few 10.1.0.71", "curl: option --max-redirs: expected a proper numerical parameter\n[2]"],
    ["-L --max-redirs 2 10.1.0.71", "curl: (47) Maximum (2) redirects followed\n[47]"],
    ["-sSL 10.1.0.74", "curl: (3) The redirect target URL could not be parsed: Bad IPv6 address\n[3]"],
    ["-s --resolve front.example:8080:10.1.0.51 http://front.example:8080/", "front\n"],
    ["-sG -d msg=a --data-urlencode 'x=b c' http://10.1.0.72:8080/echo", "a"],
    ["-s 'http://10.1.0.72:8080/header?key=Authorization' -u me:secret", "Basic bWU6c2VjcmV0"],
    ["-s 'http://10.1.0.72:8080/header?key=X-A' -H 'X-A: b'", "b"],
    ["-sO http://10.1.0.51:8080/none; cat none | head -1", "<html>\n"],
    ["-sv 10.1.0.51:8080 2>&1 | grep -E '^(>|<)' | head -2", "> GET / HTTP/1.1\n> Host: 10.1.0.51:8080\n"],
    ["-s -w '%{size_download} %{remote_ip} %{content_type}' -o /dev/null 10.1.0.51:8080", "6 10.1.0.51 text/html"],
  ];
  it.each(rows)("%s", (args, output) => expect(at.sh("box", `curl ${args}`)).toBe(output));

  it("wget sends the headers and the body it is given", () => {
    at.run({ name: "heard", image: "busybox", ip: "10.1.0.73", container: { command: ["nc", "-l", "-p", "80"] } });
    at.sh("box", "wget -T 1 --header 'X-A: b' --post-data some=thing http://10.1.0.73/path");
    expect(at.network.log({ cluster: "c1", namespace: "default", pod: "heard" })?.text).toMatch(
      /^POST \/path HTTP\/1\.1\r\n(?=[\s\S]*^X-A: b\r$)(?=[\s\S]*^User-Agent: Wget\r$)[\s\S]*\r\n\r\nsome=thing$/m,
    );
  });
});

describe("curl", () => {
  const rows: readonly (readonly [args: string, output: string])[] = [
    ["-s http://web | head -4 | tail -1", "<title>Welcome to nginx!</title>\n"],
    ["-s 10.1.0.51:8080", "front\n"],
    ["-s 10.1.0.52", "from a volume\n"],
    ["-s -o /dev/null -w '%{http_code}' http://web/none", "404"],
    ["-sf http://web/none", "[22]"],
    ["-sSf http://web/none", "curl: (22) The requested URL returned error: 404\n[22]"],
    ["http://nowhere", "curl: (6) Could not resolve host: nowhere\n[6]"],
    ["-s http://nowhere", "[6]"],
    ["http://10.1.0.50:81", "curl: (7) Failed to connect to 10.1.0.50 port 81: Connection refused\n[7]"],
    ["-m 3 http://10.1.0.99", "curl: (28) Connection timed out after 3001 milliseconds\n[28]"],
    ["", "curl: try 'curl --help' or 'curl --manual' for more information\n[2]"],
    ["-sI http://10.1.0.51:8080 | head -1", "HTTP/1.1 200 OK\r\n"],
    ["-s -o /tmp/page 10.1.0.51:8080; cat /tmp/page", "front\n"],
  ];
  it.each(rows)("curl %s", (args, output) => expect(at.sh("box", `curl ${args}`)).toBe(output));
});

describe("wget", () => {
  const rows: readonly (readonly [args: string, output: string])[] = [
    ["-qO- 10.1.0.51:8080", "front\n"],
    ["-q -O - http://10.1.0.51:8080/", "front\n"],
    ["-O- 10.1.0.51:8080", "front\nConnecting to 10.1.0.51:8080 (10.1.0.51:8080)\n"],
    ["-q 10.1.0.51:8080; cat index.html", "front\n"],
    ["-qO- nowhere", "wget: bad address 'nowhere'\n[1]"],
    ["-qO- 10.1.0.50:81", "wget: can't connect to remote host (10.1.0.50): Connection refused\n[1]"],
    ["-T 2 -qO- 10.1.0.99", "wget: download timed out\n[1]"],
    ["-qO- web/none", "wget: server returned error: HTTP/1.1 404 Not Found\n[1]"],
  ];
  it.each(rows)("wget %s", (args, output) => expect(at.sh("box", `wget ${args}`)).toBe(output));
});

describe("DNS tools", () => {
  const server = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n";
  const rows: readonly (readonly [command: string, output: string])[] = [
    ["nslookup web", `${server}Name:\tweb.default.svc.cluster.local\nAddress: 10.96.0.20\n\n`],
    [
      "nslookup pods.default.svc.cluster.local",
      `${server}Name:\tpods.default.svc.cluster.local\nAddress: 10.1.0.50\nName:\tpods.default.svc.cluster.local\nAddress: 10.1.0.51\n\n`,
    ],
    ["nslookup none", `${server}** server can't find none: SERVFAIL\n\n[1]`],
    ["nslookup 10.96.0.20", `${server}20.0.96.10.in-addr.arpa\tname = web.default.svc.cluster.local.\n\n`],
    ["host web.default.svc.cluster.local", "web.default.svc.cluster.local has address 10.96.0.20\n"],
    [
      "host web.default.svc.cluster.local 10.96.0.10",
      "Using domain server:\nName: 10.96.0.10\nAddress: 10.96.0.10#53\nAliases: \n\nweb.default.svc.cluster.local has address 10.96.0.20\n",
    ],
    ["host web 10.1.0.50", ";; connection timed out; no servers could be reached\n[1]"],
    ["getent hosts web", "10.96.0.20      web.default.svc.cluster.local\n"],
    ["getent hosts none", "[2]"],
    ["dig +short web.default.svc.cluster.local", "10.96.0.20\n"],
    ["dig +short -x 10.96.0.20", "web.default.svc.cluster.local.\n"],
    ["dig +short web", ""],
    ["dig +short web.default.svc.cluster.local TYPE65536", "10.96.0.20\n"],
    ["dig +search +short web", "10.96.0.20\n"],
    ["dig @10.1.0.99 web", ";; connection timed out; no servers could be reached\n[9]"],
    ["dig +noall +answer web.default.svc.cluster.local", "web.default.svc.cluster.local. 30 IN\tA\t10.96.0.20\n"],
    ["dig -t aaaa +short web.default.svc.cluster.local", ""],
    [
      "dig +nocmd +nocomments +nostats -q web.default.svc.cluster.local -t a",
      ";web.default.svc.cluster.local.\tIN\tA\nweb.default.svc.cluster.local. 30 IN\tA\t10.96.0.20\n",
    ],
    ["dig +short web.default.svc.cluster.local pods.default.svc.cluster.local | wc -l", "3\n"],
    ["dig +noedns +nocookie web.default.svc.cluster.local | grep -c OPT", "0\n[1]"],
    [
      "dig +norec +noall +comments web.default.svc.cluster.local | grep flags:",
      ";; flags: qr aa; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1\n; EDNS: version: 0, flags:; udp: 4096\n",
    ],
    [
      "host -t srv _http._tcp.web.default.svc.cluster.local",
      "Host _http._tcp.web.default.svc.cluster.local not found: 3(NXDOMAIN)\n[1]",
    ],
    ["host -t txt dns-version.cluster.local", 'dns-version.cluster.local descriptive text "1.1.0"\n'],
    ["host -t aaaa web.default.svc.cluster.local", "web.default.svc.cluster.local has no AAAA record\n"],
    ["nslookup -type=txt dns-version.cluster.local", `${server}dns-version.cluster.local\ttext = "1.1.0"\n\n`],
    ["nslookup default.svc.cluster.local", `${server}*** Can't find default.svc.cluster.local: No answer\n\n[1]`],
    ["nslookup -q=ns cluster.local", `${server}cluster.local\tnameserver = ns.dns.cluster.local.\n\n`],
    ["getent ahosts web | tail -2", "10.96.0.20      DGRAM\n10.96.0.20      RAW\n"],
  ];
  it.each(rows)("RES-04 %s", (command, output) => expect(at.sh("debian", command)).toBe(output));

  const own = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n";
  const missing = (...names: readonly string[]): string =>
    names.map((name) => `** server can't find ${name}: NXDOMAIN\n\n`).join("");
  const busybox: readonly (readonly [command: string, output: string])[] = [
    ["nslookup web.default.svc.cluster.local", `${own}Name:\tweb.default.svc.cluster.local\nAddress: 10.96.0.20\n\n\n`],
    ["nslookup -type=a none.cluster.local", `${own}${missing("none.cluster.local")}[1]`],
    ["nslookup none.cluster.local", `${own}${missing("none.cluster.local", "none.cluster.local")}[1]`],
    [
      "nslookup -type=a web",
      `${own}Name:\tweb.default.svc.cluster.local\nAddress: 10.96.0.20\n\n${missing("web.svc.cluster.local", "web.cluster.local")}[1]`,
    ],
    ["nslookup 10.96.0.20", `${own}20.0.96.10.in-addr.arpa\tname = web.default.svc.cluster.local\n\n`],
    ["nslookup web 10.1.0.99", ";; connection timed out; no servers could be reached\n[1]"],
  ];
  it.each(busybox)("busybox' own %s", (command, output) => expect(at.sh("box", command)).toBe(output));

  it("S4-78 prints a whole answer as dig does", () => {
    expect(at.exec("box", "dig", "@10.96.0.10", "serve.default.svc.cluster.local", "A").stdout).toMatchInlineSnapshot(`
      "
      ; <<>> DiG 9.18 <<>> @10.96.0.10 serve.default.svc.cluster.local A
      ; (1 server found)
      ;; global options: +cmd
      ;; Got answer:
      ;; WARNING: .local is reserved for Multicast DNS
      ;; You are currently testing what happens when an mDNS query is leaked to DNS
      ;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 23734
      ;; flags: qr aa rd; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 1
      ;; WARNING: recursion requested but not available

      ;; OPT PSEUDOSECTION:
      ; EDNS: version: 0, flags:; udp: 4096
      ; COOKIE: 5cb64613d768a134 (echoed)
      ;; QUESTION SECTION:
      ;serve.default.svc.cluster.local. IN	A

      ;; AUTHORITY SECTION:
      cluster.local.		30	IN	SOA	ns.dns.cluster.local. hostmaster.cluster.local. 1686538680 7200 1800 86400 30

      ;; Query time: 0 msec
      ;; SERVER: 10.96.0.10#53(10.96.0.10) (UDP)
      ;; WHEN: Mon Jun 12 02:58:00 UTC 2023
      ;; MSG SIZE  rcvd: 165

      "
    `);
  });

  it("ping hears from addresses that are up", () => {
    expect(at.sh("box", "ping -c 1 10.1.0.50")).toContain("1 received, 0% packet loss");
    expect(at.sh("box", "ping -c 1 10.1.0.99")).toContain("0 received, 100% packet loss");
  });
});
