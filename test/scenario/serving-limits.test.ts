import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { World } from "../../src/scenario/index.ts";
import { createCertificateAuthority } from "../../src/serving/index.ts";

it("a fleet says how many requests its API servers have in the works at once", async () => {
  const kubeconfigDir = mkdtempSync(join(tmpdir(), "atoll-"));
  const authority = await createCertificateAuthority("test");
  const world = await World.create({ members: [{ name: "m" }], serving: { maxMutatingRequestsInflight: 1 } });
  try {
    const { urls } = await world.serve({ authority, kubeconfigDir });
    const url = `${urls.get("m")}/api/v1/namespaces/default/configmaps`;
    const ca = authority.certificate;
    const answer = async (method: string): Promise<IncomingMessage> => {
      const [response] = await once(request(url, { method, ca, agent: false }).end(), "response");
      return (response as IncomingMessage).resume();
    };
    const unfinished = request(url, { method: "POST", ca, agent: false, headers: { expect: "100-continue" } });
    unfinished.on("error", () => {});
    unfinished.flushHeaders();
    await once(unfinished, "continue");
    const refused = await answer("POST");
    expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([429, "1"]);
    expect((await answer("GET")).statusCode).toBe(403);
    unfinished.end();
    await once(unfinished, "response");
    expect((await answer("POST")).statusCode).not.toBe(429);
  } finally {
    await world.stop();
    rmSync(kubeconfigDir, { recursive: true });
  }
});
