import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createCertificateAuthority } from "../../../src/serving/index.ts";
import { type Answer, type ServedMember, serveMember } from "./served-member.ts";
import { ask, dial, spdyClient } from "./spdy-client.ts";

const PODS = `
apiVersion: v1
kind: Pod
metadata: {name: box}
spec: {containers: [{name: main, image: busybox, command: [sleep, infinity]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: nginx, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
`;
const RULE =
  '{operations: [CONNECT], apiGroups: [""], apiVersions: [v1], resources: ["pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy", "nodes/proxy"]}';
const POLICY = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
  matchConstraints: {resourceRules: [{operations: [CONNECT], apiGroups: [""], apiVersions: [v1], resources: [pods/exec]}]}
  validations:
  - {expression: "object.command == null || !('rm' in object.command)", message: no rm}
  - {expression: "request.options == null && request.operation == 'CONNECT' && !has(object.metadata)"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: b}
spec: {policyName: p, validationActions: [Deny]}
`;
const IN = "/api/v1/namespaces/default";

type Review = { readonly uid: string; readonly subResource: string; readonly [field: string]: unknown };
type Said = Readonly<Record<string, unknown>>;

let member: ServedMember;
let hooks: Server;
/** What webhooks were asked, and by which path. */
let asked: { readonly path: string; readonly review: Review }[] = [];
/** What they say, by path and subresource; they allow the rest. */
let says: Readonly<Record<string, Said>> = {};

beforeAll(async () => {
  const authority = await createCertificateAuthority("hooks");
  const { certificate: cert, privateKey: key } = await authority.issueServer({ dns: ["localhost"], ip: ["127.0.0.1"] });
  hooks = createServer({ cert, key }, (incoming, outgoing) => {
    let text = "";
    incoming.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    incoming.on("end", () => {
      const { kind, apiVersion, request } = JSON.parse(text) as Said & { readonly request: Review };
      const [path = ""] = (incoming.url ?? "").slice(1).split("?");
      asked.push({ path, review: request });
      const response = { uid: request.uid, allowed: true, ...says[`${path} ${request.subResource}`] };
      outgoing.end(JSON.stringify({ kind, apiVersion, response }));
    });
  });
  await new Promise<void>((resolve) => void hooks.listen(0, "127.0.0.1", resolve));
  const { port } = hooks.address() as AddressInfo;
  const hook = (path: string, more = ""): string =>
    `{name: ${path}.x.io, clientConfig: {url: "https://127.0.0.1:${port}/${path}", caBundle: ${Buffer.from(authority.certificate).toString("base64")}}, rules: [${RULE}], sideEffects: None, admissionReviewVersions: [v1]${more}}`;
  member = await serveMember(PODS);
  for (const pod of ["box", "web"]) await member.started(pod);
  await member.world.member("member1").apply(`${POLICY}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: m}
webhooks: [${hook("mutate")}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: v}
webhooks:
- ${hook("validate")}
- ${hook("labels", ", objectSelector: {matchExpressions: [{key: a, operator: DoesNotExist}]}")}
`);
});
afterAll(async () => {
  await member.stop();
  hooks.closeAllConnections();
  await new Promise((resolve) => void hooks.close(resolve));
});
beforeEach(() => {
  asked = [];
  says = {};
});

const message = ({ body }: Answer): unknown => (JSON.parse(body) as { readonly message?: string }).message;
const patch = (...operations: readonly object[]): Said => ({
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(operations)).toString("base64"),
});
const upgrading = async (path: string, protocol: readonly string[]): Promise<string> => {
  const socket = await dial(member.door);
  const { text, rest } = await ask(socket, [`GET ${IN}/${path} HTTP/1.1`, "Connection: Upgrade", ...protocol]);
  let body = rest.toString();
  await new Promise((closed) => {
    socket.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    socket.once("close", closed);
  });
  return `${text}\n\n${body}`;
};

describe("admission of connections", () => {
  type Row = readonly [request: string, name: string, subresource: string, object: Said];
  const rows: readonly Row[] = [
    [
      `POST ${IN}/pods/none/exec?command=ls&command=-l&stdout=true&stdin=&tty=0&container=a`,
      "none",
      "pods/exec",
      { kind: "PodExecOptions", stdin: true, stdout: true, container: "a", command: ["ls", "-l"] },
    ],
    [`GET ${IN}/pods/none/exec?stderr=FALSE`, "none", "pods/exec", { kind: "PodExecOptions", command: null }],
    [`GET ${IN}/pods/none/attach?stdout=1`, "none", "pods/attach", { kind: "PodAttachOptions", stdout: true }],
    [
      `POST ${IN}/pods/none/portforward?ports=80,81&ports=82`,
      "none",
      "pods/portforward",
      { kind: "PodPortForwardOptions", ports: [80, 81, 82] },
    ],
    [
      `GET ${IN}/pods/http:none:80/proxy/a/b?x=y&path=/z`,
      "http:none:80",
      "pods/proxy",
      { kind: "PodProxyOptions", path: "/a/b" },
    ],
    [`GET ${IN}/pods/none/proxy`, "none", "pods/proxy", { kind: "PodProxyOptions" }],
    [
      `PUT ${IN}/services/none:http/proxy/a%20b/`,
      "none:http",
      "services/proxy",
      { kind: "ServiceProxyOptions", path: "/a b/" },
    ],
    ["GET /api/v1/nodes/n1:10250/proxy/", "n1:10250", "nodes/proxy", { kind: "NodeProxyOptions", path: "/" }],
  ];
  it.each(rows)("is asked about %s before anybody looks for its target", async (request, name, of, object) => {
    const [method = "", path = ""] = request.split(" ");
    expect((await member.ask(path, { method })).status).toBe(404);
    const [resource, subResource] = of.split("/");
    const gvr = { group: "", version: "v1", resource };
    const kind = { group: "", version: "v1", kind: object.kind };
    // What has no labels is selected by no selector of labels.
    expect(asked.map((one) => one.path)).toEqual(["mutate", "validate"]);
    for (const { review } of asked) {
      const { uid: _, userInfo, ...rest } = review;
      expect(userInfo).toMatchObject({ groups: expect.arrayContaining(["system:masters"]) });
      expect(rest).toEqual({
        kind,
        resource: gvr,
        subResource,
        requestKind: kind,
        requestResource: gvr,
        requestSubResource: subResource,
        name,
        ...(resource === "nodes" ? {} : { namespace: "default" }),
        operation: "CONNECT",
        object: { apiVersion: "v1", ...object },
        oldObject: null,
        dryRun: false,
        options: null,
      });
    }
  });

  const wrong: readonly (readonly [request: string, status: number, message: string])[] = [
    ["GET nodes/n1/proxy/healthz?dryRun=All", 400, "dryRun is not supported"],
    [
      "POST pods/web/portforward?ports=http",
      400,
      'cannot convert to []int32: strconv.ParseUint: parsing "http": invalid syntax',
    ],
    [
      "POST pods/web/portforward?ports=65536",
      400,
      'cannot convert to []int32: strconv.ParseUint: parsing "65536": value out of range',
    ],
    ["PUT pods/web/exec?command=ls", 405, "the server does not allow this method on the requested resource"],
  ];
  it.each(wrong)("is not asked about %s", async (request, status, text) => {
    const [method = "", path = ""] = request.split(" ");
    const answer = await member.ask(path.startsWith("nodes") ? `/api/v1/${path}` : `${IN}/${path}`, { method });
    expect([answer.status, message(answer), asked.length]).toEqual([status, text, 0]);
  });

  it("nor about a log", async () => {
    expect((await member.ask(`${IN}/pods/box/log`)).status).toBe(200);
    expect(asked).toEqual([]);
  });

  const protocols = [
    ["SPDY", ["Upgrade: SPDY/3.1"]],
    ["a WebSocket", ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]],
  ] as const;
  it.each(protocols)("refuses before the connection changes to %s", async (_name, protocol) => {
    const denied = await upgrading("pods/box/exec?command=rm&command=-rf&stdout=true", protocol);
    expect(denied).toMatch(/^HTTP\/1\.1 422 /);
    const text = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no rm";
    expect(JSON.parse(denied.split("\n\n")[1] ?? "")).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: `pods "box" is forbidden: ${text}`,
      reason: "Invalid",
      details: { name: "box", kind: "pods", causes: [{ message: text }] },
      code: 422,
    });
    const status = { message: "no attach", code: 403, reason: "Forbidden" };
    says = { "validate attach": { allowed: false, status, warnings: ["beware"] } };
    const attached = await upgrading("pods/box/attach?stdout=true", protocol);
    expect(attached).toMatch(/^HTTP\/1\.1 403 /);
    expect(attached).toContain('Warning: 299 - "beware"');
    expect(attached).toContain('admission webhook \\"validate.x.io\\" denied the request: no attach');
  });

  it("has its way with what is run", async () => {
    says = { "mutate exec": patch({ op: "add", path: "/command/-", value: "more" }) };
    const client = await spdyClient(member.door, `${IN}/pods/box/exec?stdout=1&command=echo&command=a%26b`, [
      "X-Stream-Protocol-Version: v4.channel.k8s.io",
    ]);
    expect(client.head).toMatch(/^HTTP\/1\.1 101 /);
    for (const [streamId, streamtype] of [
      [1, "error"],
      [3, "stdout"],
    ] as const)
      client.open(streamId, { streamtype });
    await client.until((frames) => frames.some((frame) => frame.type === "goAway"));
    expect(client.text(3)).toBe("a&b more\n");
    expect(asked.map(({ review }) => (review.object as { readonly command: unknown }).command)).toEqual([
      ["echo", "a&b"],
      ["echo", "a&b", "more"],
    ]);
  });

  it("and with where a proxy leads, but not past what the target says of it", async () => {
    says = {
      "mutate proxy": patch({ op: "add", path: "/path", value: "/none?" }),
      "validate proxy": { warnings: ["beware"] },
    };
    const moved = await member.ask(`${IN}/services/web/proxy/`);
    expect([moved.status, moved.headers.warning]).toEqual([404, '299 - "beware"']);
    expect(moved.body).toContain("404 Not Found");
    says = { "validate proxy": { warnings: ["beware"] } };
    const none = await member.ask(`${IN}/pods/none/proxy/`);
    expect([none.status, none.headers.warning]).toEqual([404, '299 - "beware"']);
  });

  const odd: readonly (readonly [path: string, value: unknown, message: string])[] = [
    ["ports", "x", "cannot unmarshal string into Go struct field PodPortForwardOptions.ports of type []int32"],
    ["ports", [1.5], "cannot unmarshal number 1.5 into Go struct field PodPortForwardOptions.ports of type int32"],
  ];
  it.each(odd)("does not take options of the wrong type: %s %j", async (field, value, text) => {
    says = { "mutate portforward": patch({ op: "add", path: `/${field}`, value }) };
    const answer = await member.ask(`${IN}/pods/web/portforward`, { method: "POST" });
    expect([answer.status, message(answer)]).toEqual([500, `Internal error occurred: json: ${text}`]);
  });

  it("comes after authorization, which knows a proxy by its whole name", async () => {
    await member.world.member("member1").apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: page, namespace: default}
rules: [{apiGroups: [""], resources: [services/proxy], resourceNames: ["http:web:"], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: page, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: page}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: reader}]
`);
    const headers = { "impersonate-user": "reader" };
    expect((await member.ask(`${IN}/services/web/proxy/`, { headers })).status).toBe(403);
    expect(asked).toEqual([]);
    expect((await member.ask(`${IN}/services/http:web:/proxy/`, { headers })).status).toBe(200);
    expect(asked.map(({ review }) => review.userInfo)).toMatchObject([{ username: "reader" }, { username: "reader" }]);
  });
});
