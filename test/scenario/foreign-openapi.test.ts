import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { World } from "../../src/index.ts";
import { ask, type Told } from "./door.ts";
import {
  DEFINITIONS,
  GROUP,
  type OpenApiServer,
  openApiServer,
  registration,
  V2,
  VERSION,
  v3Documents,
} from "./foreign-server.ts";

const PLACE = `apis/${GROUP}/${VERSION}`;
const DOCUMENT = `/openapi/v3/${PLACE}`;
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const MODEL = "com.example.wardle.v1alpha1.Flunder";

let world: World;
let server: OpenApiServer;

beforeAll(async () => {
  [world, server] = await Promise.all([World.create({ members: [{ name: "member1" }] }), openApiServer()]);
  for (const [path, document] of v3Documents("As v3 has it.")) server.documents.set(path, document);
  server.documents.set("/openapi/v2", V2);
  await world.member("member1").apply(registration(server));
  await world.settle();
});
afterAll(async () => {
  await world.stop();
  server.stop();
});

type Options = Parameters<typeof ask>[2];

async function told(request: string, options: Options = {}): Promise<Told> {
  const answer = ask(world.httpHandler("member1"), request, options);
  await vi.waitFor(async () => {
    await world.settle();
    expect(answer.ended()).toBe(true);
  });
  return answer;
}

type Index = Readonly<Record<string, { readonly serverRelativeURL: string }>>;
const index = async (): Promise<Index> => (await told("GET /openapi/v3")).json().paths as Index;
const whole = async (): Promise<Readonly<Record<string, Readonly<Record<string, unknown>>>>> =>
  (await told("GET /openapi/v2")).json() as Awaited<ReturnType<typeof whole>>;

/** What the server says changes; then it is asked again. */
async function anew(change: () => void): Promise<void> {
  change();
  await world.advance("61s");
  await world.settle();
}

describe("OpenAPI of other servers", () => {
  it("stands in the index, but for what this server has itself", async () => {
    const paths = await index();
    expect(paths[PLACE]).toEqual({ serverRelativeURL: `${DOCUMENT}?hash=ABC` });
    expect(paths["apis/apps/v1"]?.serverRelativeURL).toMatch(/hash=[0-9A-F]{128}$/);
    expect(Object.keys(paths)).not.toContain("version");
    const [question] = server.asked.filter(({ path }) => path === "/openapi/v3");
    expect(question?.headers).toMatchObject({ "x-remote-user": "system:aggregator" });
    expect(question?.headers).not.toHaveProperty("x-remote-group");
  });

  it("is handed on in v3, in the name of who asks", async () => {
    const answer = await told(`GET ${DOCUMENT}?hash=ABC`, { user: "ann", groups: ["system:authenticated"] });
    expect([answer.code, answer.json()]).toEqual([200, server.documents.get(DOCUMENT)]);
    expect(server.asked.at(-1)).toMatchObject({ path: `${DOCUMENT}?hash=ABC`, headers: { "x-remote-user": "ann" } });
  });

  it("is merged in v2: its own paths, and what is described differently under another name", async () => {
    const { paths, definitions, parameters } = await whole();
    expect(Object.keys(paths ?? {})).toEqual(
      expect.arrayContaining([`/${PLACE}/namespaces/{namespace}/flunders`, "/api/v1/nodes"]),
    );
    expect(paths).not.toHaveProperty(["/version/"]);
    expect(definitions).not.toHaveProperty("Info");
    expect(definitions?.[META]).not.toMatchObject({ description: "of flunders" });
    expect(definitions?.[`${META}_v2`]).toMatchObject({ description: "of flunders" });
    expect(definitions?.[MODEL]).toMatchObject({
      properties: { metadata: { $ref: `#/definitions/${META}_v2` } },
    });
    expect(parameters).toEqual(V2.parameters);
  });

  it("is asked for again every minute, and v2 only when it has changed", async () => {
    const before = await told("GET /openapi/v2");
    await anew(() => undefined);
    expect(server.asked.at(-1)).toMatchObject({ path: "/openapi/v2", headers: { "if-none-match": /openapi/ } });
    expect((await told("GET /openapi/v2")).headers.etag).toBe(before.headers.etag);
    await anew(() => server.documents.set("/openapi/v2", { ...V2, paths: {} }));
    expect((await whole()).definitions).not.toHaveProperty([MODEL]);
    await anew(() => server.documents.set("/openapi/v2", V2));
    expect((await whole()).definitions).toHaveProperty([MODEL]);
  });

  it("stays as it was last told while it cannot be had", async () => {
    const documents = new Map(server.documents);
    await anew(() => {
      server.documents.delete("/openapi/v2");
      server.documents.set("/openapi/v3", "no index" as never);
    });
    expect(await index()).toHaveProperty([PLACE]);
    expect((await whole()).definitions).toHaveProperty([MODEL]);
    const member = world.member("member1");
    await member.delete("services", "api", { namespace: "wardle" });
    await world.settle();
    expect(await index()).toHaveProperty([PLACE]);
    const refused = await told(`GET ${DOCUMENT}?hash=ABC`);
    expect([refused.code, refused.text()]).toEqual([503, "service unavailable\n"]);
    expect((await told("GET /openapi/v3/apis/apps/v1")).code).toBe(200);
    for (const [path, document] of documents) server.documents.set(path, document);
    await member.apply(registration(server));
    await world.settle();
    expect((await told(`GET ${DOCUMENT}?hash=ABC`)).code).toBe(200);
  });

  it("may be of no shape OpenAPI knows, and spoils nothing", async () => {
    const paths = { [`/${PLACE}/odd`]: { get: { tags: 3, parameters: [null, { in: "query", maxLength: "long" }] } } };
    const odd = { ...V2, paths, definitions: { Odd: { required: true, minLength: {} } } };
    await anew(() => server.documents.set("/openapi/v2", odd));
    expect((await whole()).paths).toHaveProperty([`/${PLACE}/odd`]);
    const headers = { accept: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf" };
    expect((await told("GET /openapi/v2", { headers })).code).toBe(200);
    await anew(() => server.documents.set("/openapi/v2", V2));
  });

  it("goes with its APIService", async () => {
    const member = world.member("member1");
    await member.delete("apiservices", `${VERSION}.${GROUP}`);
    expect(await index()).not.toHaveProperty([PLACE]);
    expect((await whole()).definitions).not.toHaveProperty([MODEL]);
    expect((await told(`GET ${DOCUMENT}`)).code).toBe(404);
  });

  it("is made from v2 where a server has no v3", async () => {
    server.documents.set("/openapi/v3", "no index" as never);
    await world.member("member1").apply(registration(server));
    await world.settle();
    expect((await whole()).definitions).toHaveProperty([MODEL]);
    await anew(() => server.documents.delete("/openapi/v3"));
    const { serverRelativeURL } = (await index())[PLACE] ?? {};
    expect(serverRelativeURL).toMatch(/^\/openapi\/v3\/apis\/wardle\.example\.com\/v1alpha1\?hash=[0-9A-F]{128}$/);
    const answer = await told(`GET ${serverRelativeURL}`);
    const content = { "application/json": { schema: { $ref: `#/components/schemas/${MODEL}` } } };
    const metadata = { description: "Its metadata.", allOf: [{ $ref: `#/components/schemas/${META}` }] };
    expect(answer.json()).toEqual({
      openapi: "3.0.0",
      info: V2.info,
      paths: {
        [`/${PLACE}/namespaces/{namespace}/flunders`]: {
          parameters: [{ $ref: "#/components/parameters/namespace-1", schema: { type: "" } }],
          post: {
            requestBody: { content },
            responses: { 200: { description: "OK", content } },
            "x-kubernetes-action": "post",
            "x-kubernetes-group-version-kind": { group: GROUP, version: VERSION, kind: "Flunder" },
          },
        },
        "/version/": { get: { responses: expect.anything() } },
      },
      components: {
        schemas: {
          ...DEFINITIONS,
          [MODEL]: { ...DEFINITIONS[MODEL], properties: { ...(DEFINITIONS[MODEL]?.properties as object), metadata } },
        },
      },
    });
    expect((await told(`GET ${DOCUMENT}?hash=OLD`)).headers.location).toBe(serverRelativeURL);
  });
});
