import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { duplexPair } from "node:stream";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { APIService } from "../../src/api/index.ts";
import { World } from "../../src/index.ts";
import { createCertificateAuthority } from "../../src/serving/index.ts";
import { ask, type Told } from "./door.ts";

const GROUP = "wardle.example.com";
const VERSION = `/apis/${GROUP}/v1alpha1`;
const FLUNDERS = `${VERSION}/namespaces/default/flunders`;
const DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
const RESOURCES = [
  {
    name: "flunders",
    singularName: "flunder",
    namespaced: true,
    kind: "Flunder",
    verbs: ["get", "list", "create", "watch"],
    shortNames: ["fl"],
  },
  { name: "flunders/status", singularName: "", namespaced: true, kind: "Flunder", verbs: ["get", "patch"] },
];

type Asked = {
  readonly request: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of the certificate the request was sent with. */
  readonly sender?: string | undefined;
};

let world: World;
let server: Server;
let port: number;
let caBundle: string;
const asked: Asked[] = [];

beforeAll(async () => {
  const authority = await createCertificateAuthority("extension");
  caBundle = Buffer.from(authority.certificate).toString("base64");
  const { certificate: cert, privateKey: key } = await authority.issueServer({ dns: ["api.wardle.svc"], ip: [] });
  const tls = { cert, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: false };
  server = createServer(tls, async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request = `${incoming.method} ${incoming.url}`;
    const socket = incoming.socket as TLSSocket;
    const sender = socket.authorized ? String(socket.getPeerCertificate().subject.CN) : undefined;
    asked.push({ request, headers: incoming.headers, body: Buffer.concat(chunks).toString(), sender });
    outgoing.setHeader("content-type", "application/json");
    if (request === `GET ${VERSION}`)
      outgoing.end(
        JSON.stringify({ kind: "APIResourceList", groupVersion: `${GROUP}/v1alpha1`, resources: RESOURCES }),
      );
    else if (/^\/apis\/[^/]+\/[^/]+$/.test(incoming.url ?? "")) outgoing.writeHead(404).end();
    else if (incoming.url?.includes("watch=true") === true) outgoing.write('{"type":"ADDED"}\n');
    else outgoing.writeHead(incoming.method === "POST" ? 201 : 200).end('{"kind":"Flunder"}');
  });
  server.on("upgrade", (incoming: IncomingMessage, socket) => {
    asked.push({ request: `${incoming.method} ${incoming.url}`, headers: incoming.headers, body: "" });
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n");
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
  world = await World.create({
    members: [{ name: "member1" }],
    caCertificate: authority.certificate,
    frontProxy: await authority.issueClient({ commonName: "front-proxy-client", organizations: [] }),
  });
  const member = world.member("member1");
  await member.apply(`
apiVersion: v1
kind: Namespace
metadata: {name: wardle}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: wardle}
spec: {type: ExternalName, externalName: 127.0.0.1}
---
apiVersion: v1
kind: Service
metadata: {name: other, namespace: wardle}
spec: {type: ExternalName, externalName: 127.0.0.1}
---
apiVersion: v1
kind: Service
metadata: {name: bare, namespace: wardle}
spec: {ports: [{port: 443}], selector: {app: nobody}}
---
apiVersion: v1
kind: Service
metadata: {name: unmanaged, namespace: wardle}
spec: {ports: [{port: 443, name: https}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: wardle}
spec: {ports: [{port: 443, targetPort: 80}], selector: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: wardle, labels: {app: web}}
spec: {containers: [{name: nginx, image: nginx, ports: [{containerPort: 80}]}]}
`);
  await world.settle();
});
afterAll(async () => {
  await world.stop();
  server.closeAllConnections();
  server.close();
});

type Spec = Partial<APIService["spec"]>;

/** Registers a version of the group and lets time stand until it was looked at. */
async function registered(version: string, spec: Spec): Promise<readonly (string | undefined)[]> {
  const member = world.member("member1");
  const priorities = { groupPriorityMinimum: 1000, versionPriority: 15 };
  await member.apply({
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: `${version}.${GROUP}` },
    spec: { group: GROUP, version, ...priorities, ...spec },
  });
  await world.settle();
  return available(version);
}

async function available(version: string): Promise<readonly (string | undefined)[]> {
  const read = (await world.member("member1").get("apiservices", `${version}.${GROUP}`)) as APIService;
  const [condition] = read.status?.conditions ?? [];
  return [condition?.type, condition?.status, condition?.reason, condition?.message];
}

async function told(request: string, options: Parameters<typeof ask>[2] = {}): Promise<Told> {
  const answer = ask(world.httpHandler("member1"), request, options);
  await vi.waitFor(async () => {
    await world.settle();
    expect(answer.ended() || answer.text().endsWith("\n")).toBe(true);
  });
  return answer;
}

describe("APIServices of other servers", () => {
  const of = (name: string, more: Spec = {}, at = 443): Spec => ({
    service: { namespace: "wardle", name, port: at },
    ...more,
  });

  it.each<readonly [version: string, spec: () => Spec, reason: string, message: string | RegExp]>([
    ["v1", () => ({}), "Local", "Local APIServices are always available"],
    ["v2", () => of("none"), "ServiceNotFound", 'service/none in "wardle" is not present'],
    ["v3", () => of("bare", {}, 8443), "ServicePortError", 'service/bare in "wardle" is not listening on port 8443'],
    ["v4", () => of("unmanaged"), "EndpointsNotFound", 'cannot find endpointslices for service/unmanaged in "wardle"'],
    [
      "v5",
      () => of("bare"),
      "MissingEndpoints",
      'endpointslices for service/bare in "wardle" have no addresses with port name ""',
    ],
    [
      "v6",
      () => of("api", { caBundle }, port),
      "FailedDiscoveryCheck",
      /^failing or missing response from (https:\/\/127\.0\.0\.1:\d+\/apis\/wardle\.example\.com\/v6): bad status from \1: 404$/,
    ],
    [
      "v7",
      () => of("api", { caBundle }, 1),
      "FailedDiscoveryCheck",
      `failing or missing response from https://127.0.0.1:1/apis/${GROUP}/v7: Get "https://127.0.0.1:1/apis/${GROUP}/v7": dial tcp 127.0.0.1:1: connect: connection refused`,
    ],
    [
      "v8",
      () => of("api", {}, port),
      "FailedDiscoveryCheck",
      /: tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
    ],
    [
      "v9",
      () => of("other", { caBundle }, port),
      "FailedDiscoveryCheck",
      /x509: certificate is valid for api\.wardle\.svc, not other\.wardle\.svc$/,
    ],
    [
      "v10",
      () => of("web"),
      "FailedDiscoveryCheck",
      /^failing or missing response from https:\/\/10\.\S+:443\/apis\/wardle\.example\.com\/v10: bad status from \S+: 404$/,
    ],
  ])("are looked at: %s", async (version, spec, reason, message) => {
    const [type, status, found, text] = await registered(version, spec());
    expect([type, status, found]).toEqual(["Available", reason === "Local" ? "True" : "False", reason]);
    if (typeof message === "string") expect(text).toBe(message);
    else expect(text).toMatch(message);
  });

  it("say what is served, in every form of discovery", async () => {
    const passed = await registered("v1alpha1", of("api", { caBundle }, port));
    expect(passed).toEqual(["Available", "True", "Passed", "all checks passed"]);
    const aggregated = (await told("GET /apis", { headers: { accept: DISCOVERY } })).json();
    const groups = aggregated.items as readonly { readonly metadata: object; readonly versions: readonly object[] }[];
    const group = groups.find(({ metadata }) => "name" in metadata && metadata.name === GROUP);
    expect(group?.versions).toContainEqual({
      version: "v1alpha1",
      resources: [
        {
          resource: "flunders",
          responseKind: { group: "", version: "", kind: "Flunder" },
          scope: "Namespaced",
          singularResource: "flunder",
          verbs: ["get", "list", "create", "watch"],
          shortNames: ["fl"],
          subresources: [
            {
              subresource: "status",
              responseKind: { group: "", version: "", kind: "Flunder" },
              verbs: ["get", "patch"],
            },
          ],
        },
      ],
      freshness: "Current",
    });
    expect(group?.versions).toContainEqual({ version: "v7", resources: [], freshness: "Stale" });
    const legacy = (await told(`GET /apis/${GROUP}`)).json();
    expect(legacy.versions).toContainEqual({ groupVersion: `${GROUP}/v1alpha1`, version: "v1alpha1" });
    expect((await told(`GET ${VERSION}`)).json().resources).toEqual(RESOURCES);
  });

  it("get requests with who asks, and no credentials", async () => {
    const created = await told(`POST ${FLUNDERS}?fieldManager=x`, {
      body: { kind: "Flunder" },
      headers: {
        authorization: "Basic c2VjcmV0",
        "x-remote-user": "somebody else",
        "impersonate-user": "ann",
        "impersonate-group": ["system:masters"],
        "impersonate-extra-scopes": ["view"],
      },
    });
    expect([created.code, created.json()]).toEqual([201, { kind: "Flunder" }]);
    const { request, headers, body, sender } = asked.at(-1) as Asked;
    expect([request, body]).toEqual([`POST ${FLUNDERS}?fieldManager=x`, '{"kind":"Flunder"}']);
    const published = await world
      .member("member1")
      .get("configmaps", "extension-apiserver-authentication", "kube-system");
    expect(published).toMatchObject({ data: { "requestheader-allowed-names": JSON.stringify([sender]) } });
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "x-remote-user": "ann",
      "x-remote-group": "system:masters, system:authenticated",
      "x-remote-extra-scopes": "view",
    });
    expect(Object.keys(headers).filter((name) => /^(authorization|impersonate)/.test(name))).toEqual([]);
  });

  it("are asked only what a user may ask", async () => {
    const before = asked.length;
    const refused = await told(`GET ${FLUNDERS}/one/status`, { user: "ann" });
    expect([refused.code, refused.json().message]).toEqual([
      403,
      `flunders.${GROUP} "one" is forbidden: User "ann" cannot get resource "flunders/status" in API group "${GROUP}" in the namespace "default"`,
    ]);
    expect(asked).toHaveLength(before);
  });

  it("stream what they stream", async () => {
    const watch = await told(`GET ${FLUNDERS}?watch=true`);
    expect([watch.text(), watch.ended()]).toEqual(['{"type":"ADDED"}\n', false]);
  });

  it("take over connections that change their protocol", async () => {
    const [near, far] = duplexPair();
    const headers = { connection: "Upgrade", upgrade: "SPDY/3.1" };
    const user = { name: "kubernetes-admin", groups: ["system:masters"] };
    const exchange = { method: "POST", path: `${FLUNDERS}/one/exec`, headers, user, body: new Uint8Array() };
    const request = { headers } as unknown as IncomingMessage;
    world.upgradeHandler("member1")({ exchange, request, socket: far, head: Buffer.from("early ") });
    await world.settle();
    let text = "";
    near.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    near.write("late");
    await vi.waitFor(() => expect(text).toMatch(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\nearly late$/));
    expect(asked.at(-1)).toMatchObject({
      request: `POST ${FLUNDERS}/one/exec`,
      headers: { "x-remote-user": user.name },
    });
    near.destroy();
  });

  it("are not handed anything while they cannot be reached, and are looked at again", async () => {
    expect(await told(`GET /apis/${GROUP}/v7/things`)).toMatchObject({ code: 503 });
    expect((await told(`GET /apis/${GROUP}/v7/things`)).text()).toBe("service unavailable\n");
    const member = world.member("member1");
    await member.delete("services", "api", { namespace: "wardle" });
    await world.settle();
    expect(await available("v1alpha1")).toEqual([
      "Available",
      "False",
      "ServiceNotFound",
      'service/api in "wardle" is not present',
    ]);
    expect((await told(`GET ${FLUNDERS}`)).code).toBe(503);
    await member.apply(
      "apiVersion: v1\nkind: Service\nmetadata: {name: api, namespace: wardle}\nspec: {type: ExternalName, externalName: 127.0.0.1}\n",
    );
    await world.settle();
    expect((await available("v1alpha1"))[2]).toBe("Passed");
    await member.delete("apiservices", `v1alpha1.${GROUP}`);
    await world.settle();
    expect((await told(`GET ${FLUNDERS}`)).code).toBe(404);
  });
});
