import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createCertificateAuthority } from "../../src/serving/index.ts";

export const GROUP = "wardle.example.com";
export const VERSION = "v1alpha1";

type Fields = Readonly<Record<string, unknown>>;

/** An API server of somebody else; what it answers may change at any time. */
export type OpenApiServer = {
  readonly port: number;
  readonly caBundle: string;
  /** Documents by path; others are not found. */
  readonly documents: Map<string, Fields>;
  readonly asked: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  readonly stop: () => void;
};

/** Serves kinds of a group, with whatever OpenAPI documents it is given. */
export async function openApiServer(): Promise<OpenApiServer> {
  const authority = await createCertificateAuthority("extension");
  const { certificate: cert, privateKey: key } = await authority.issueServer({ dns: ["api.wardle.svc"], ip: [] });
  const documents = new Map<string, Fields>();
  const asked: { path: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    const path = incoming.url ?? "";
    asked.push({ path, headers: incoming.headers });
    const document = documents.get(path.replace(/\?.*/, ""));
    const etag = JSON.stringify(`${path} ${JSON.stringify(document ?? null).length}`);
    outgoing.setHeader("content-type", "application/json");
    if (document === undefined) outgoing.writeHead(404).end();
    else if (incoming.headers["if-none-match"] === etag) outgoing.writeHead(304, { etag }).end();
    else outgoing.writeHead(200, { etag }).end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  documents.set(`/apis/${GROUP}/${VERSION}`, {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: `${GROUP}/${VERSION}`,
    resources: [
      {
        name: "flunders",
        singularName: "flunder",
        namespaced: true,
        kind: "Flunder",
        verbs: ["get", "list", "create"],
      },
    ],
  });
  return {
    port: (server.address() as AddressInfo).port,
    caBundle: Buffer.from(authority.certificate).toString("base64"),
    documents,
    asked,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The Service and the APIService of such a server, to be applied. */
export function registration({ port, caBundle }: OpenApiServer): string {
  return `
apiVersion: v1
kind: Namespace
metadata: {name: wardle}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: wardle}
spec: {type: ExternalName, externalName: 127.0.0.1}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: ${VERSION}.${GROUP}}
spec:
  group: ${GROUP}
  version: ${VERSION}
  groupPriorityMinimum: 1000
  versionPriority: 15
  caBundle: ${caBundle}
  service: {name: api, namespace: wardle, port: ${port}}
`;
}

const KINDS = "x-kubernetes-group-version-kind";
const FLUNDERS = `/apis/${GROUP}/${VERSION}/namespaces/{namespace}/flunders`;
const GVK = { group: GROUP, version: VERSION, kind: "Flunder" };
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const MODEL = "com.example.wardle.v1alpha1.Flunder";

export const DEFINITIONS: Readonly<Record<string, Fields>> = {
  Info: { type: "object", description: "nobody else's" },
  [META]: { type: "object", description: "of flunders", properties: { name: { type: "string" } } },
  [MODEL]: {
    description: "A flunder is what a wardle wards.",
    type: "object",
    required: ["spec"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { description: "Its metadata.", $ref: `#/definitions/${META}` },
      spec: {
        description: "What it is to be.",
        type: "object",
        properties: { size: { type: "integer", format: "int32", description: "In wards." } },
      },
    },
    [KINDS]: [GVK],
  },
};

/** An OpenAPI v2 document of flunders, which describes metadata otherwise than Kubernetes does. */
export const V2: Fields = {
  swagger: "2.0",
  info: { title: "wardle", version: "1" },
  paths: {
    [FLUNDERS]: {
      parameters: [{ $ref: "#/parameters/namespace-1" }],
      post: {
        consumes: ["application/json"],
        produces: ["application/json"],
        parameters: [{ in: "body", name: "body", required: true, schema: { $ref: `#/definitions/${MODEL}` } }],
        responses: { 200: { description: "OK", schema: { $ref: `#/definitions/${MODEL}` } } },
        "x-kubernetes-action": "post",
        [KINDS]: GVK,
      },
    },
    "/version/": {
      get: {
        produces: ["application/json"],
        responses: { 200: { description: "OK", schema: { $ref: "#/definitions/Info" } } },
      },
    },
  },
  definitions: DEFINITIONS,
  parameters: {
    "namespace-1": { name: "namespace", in: "path", required: true, type: "string", description: "where" },
  },
};

const PLACE = `apis/${GROUP}/${VERSION}`;

/** The same kinds in OpenAPI v3, by path. */
export function v3Documents(description: string): readonly (readonly [path: string, document: Fields])[] {
  const schema = { $ref: `#/components/schemas/${MODEL}` };
  const content = { "application/json": { schema } };
  const document = {
    openapi: "3.0.0",
    info: { title: "wardle", version: "1" },
    paths: {
      [`${FLUNDERS}/{name}`]: {
        patch: {
          parameters: [{ name: "fieldValidation", in: "query", schema: { type: "string" } }],
          requestBody: { content },
          responses: { 200: { description: "OK", content } },
          "x-kubernetes-action": "patch",
          [KINDS]: GVK,
        },
      },
    },
    components: {
      schemas: {
        [META]: DEFINITIONS[META],
        [MODEL]: {
          ...DEFINITIONS[MODEL],
          description,
          properties: {
            ...(DEFINITIONS[MODEL]?.properties as Fields),
            metadata: { allOf: [{ $ref: `#/components/schemas/${META}` }] },
          },
        },
      },
    },
  };
  const places = { [PLACE]: `/openapi/v3/${PLACE}?hash=ABC`, version: "/openapi/v3/version?hash=DEF" };
  const paths = Object.fromEntries(Object.entries(places).map(([key, url]) => [key, { serverRelativeURL: url }]));
  return [
    ["/openapi/v3", { paths }],
    [`/openapi/v3/${PLACE}`, document],
  ];
}
