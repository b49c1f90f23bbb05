import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { fleetOf, serveFleet, World } from "../../../src/scenario/index.ts";
import type { Door } from "./spdy-client.ts";

type Asking = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** `host` asks the control plane, `anonymous` shows the member no certificate. */
  readonly as?: "host" | "anonymous";
};
export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

/** A world with one member, served in this process, whose time runs fast. */
export interface ServedMember {
  readonly world: World;
  /** For clients of frames. */
  readonly door: Door;
  /** For @kubernetes/client-node. */
  readonly config: KubeConfig;
  readonly hostConfig: KubeConfig;
  /** One request as the administrator, or with other credentials. */
  ask(path: string, options?: Asking): Promise<Answer>;
  /** Waits until a pod of the member runs, or has ended. */
  started(pod: string): Promise<void>;
  /** Ends the listeners. */
  close(): Promise<void>;
  stop(): Promise<void>;
}

export async function serveMember(manifests: string, options: { readonly speed?: number } = {}): Promise<ServedMember> {
  const world = await World.create({
    members: [{ name: "member1", images: [{ name: "missing:1", missing: true }] }],
    clock: "wall",
    speed: options.speed ?? 20,
  });
  const folder = mkdtempSync(join(tmpdir(), "atoll-streams-"));
  const server = await serveFleet(world, fleetOf({}), { kubeconfigDir: folder });
  await world.member("member1").apply(manifests);
  const config = new KubeConfig();
  config.loadFromFile(server.membersKubeconfig);
  const hostConfig = new KubeConfig();
  hostConfig.loadFromFile(server.hostKubeconfig);
  const { caData } = config.getCurrentCluster() ?? {};
  const { certData, keyData } = config.getCurrentUser() ?? {};
  const pem = (data: string | undefined): string => Buffer.from(data ?? "", "base64").toString();
  const port = Number(new URL(server.urls.get("member1") ?? "").port);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= server.close();
    return closing;
  };
  const door = { port, ca: pem(caData), cert: pem(certData), key: pem(keyData) };
  const hostPort = Number(new URL(server.urls.get("host") ?? "").port);
  return {
    world,
    door,
    ask: (path, options = {}) => {
      const { as, ...rest } = options;
      const credentials =
        as === "anonymous" ? { port, ca: door.ca } : as === "host" ? { ...door, port: hostPort } : door;
      return ask({ ...credentials, path, ...rest });
    },
    config,
    hostConfig,
    started: async (pod) => {
      const running = await world.until(async () => {
        const found = await world.member("member1").get("pods", pod);
        const { phase } = (found?.status ?? {}) as { readonly phase?: string };
        return phase !== undefined && phase !== "Pending";
      }, "5m");
      if (!running) throw new Error(`pod ${pod} did not start`);
    },
    close,
    stop: async () => {
      await close();
      await world.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ask({
  body,
  ...options
}: { readonly port: number; readonly ca: string; readonly path: string } & Omit<Asking, "as">): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", agent: false, ...options }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
