import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  GROUP,
  type OpenApiServer,
  openApiServer,
  registration,
  V2,
  VERSION,
  v3Documents,
} from "../scenario/foreign-server.ts";
import { has, type Ran, type ServedFleet, serve } from "./served-fleet.ts";

const FLUNDER = {
  apiVersion: `${GROUP}/${VERSION}`,
  kind: "Flunder",
  metadata: { name: "one" },
  spec: { size: 1, colour: "red" },
};

describe.skipIf(!has("kubectl"))("kubectl on kinds of other servers", () => {
  let fleet: ServedFleet;
  let server: OpenApiServer;
  beforeAll(async () => {
    [fleet, server] = await Promise.all([serve("--members", "1"), openApiServer()]);
    server.documents.set("/openapi/v2", V2);
  });
  afterAll(async () => {
    await fleet.stop();
    server.stop();
  });
  const kubectl = (...argv: readonly string[]): Promise<Ran> => fleet.member("member1", ...argv);
  const explained = async (field: string): Promise<string> => (await kubectl("explain", field)).stdout;
  /** Registers the server, anew when it was, and waits until it was asked. */
  const registered = async (): Promise<void> => {
    const file = join(fleet.folder, "registration.yaml");
    writeFileSync(file, registration(server));
    await kubectl("delete", "apiservice", `${VERSION}.${GROUP}`, "--ignore-not-found");
    await kubectl("apply", "-f", file);
    await vi.waitFor(
      async () => expect((await kubectl("get", "--raw", "/openapi/v3")).stdout).toContain(GROUP),
      30_000,
    );
  };
  const created = async (): Promise<string> => {
    const file = join(fleet.folder, "flunder.json");
    writeFileSync(file, JSON.stringify(FLUNDER));
    return (await kubectl("create", "-f", file, "--dry-run=client")).stderr;
  };

  it("explains and validates by the v2 document of a server that has no other", async () => {
    await registered();
    expect(await explained("flunders")).toContain("A flunder is what a wardle wards.");
    expect(await explained("flunders.spec.size")).toContain("In wards.");
    expect(await created()).toContain('ValidationError(Flunder.spec): unknown field "colour"');
  });

  it("explains by the v3 document of a server that has one, and leaves validation to a server that says it can", async () => {
    for (const [path, document] of v3Documents("As v3 has it.")) server.documents.set(path, document);
    await registered();
    await vi.waitFor(async () => expect(await explained("flunders")).toContain("As v3 has it."), 30_000);
    expect(await created()).not.toContain("unknown field");
  });

  it("explains the rest while such a server is away", async () => {
    server.stop();
    expect(await explained("pods.spec.nodeName")).toContain("FIELD: nodeName");
    expect((await kubectl("create", "configmap", "settings", "--dry-run=server")).stderr).toBe("");
  });
});
