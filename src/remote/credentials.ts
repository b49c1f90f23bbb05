import { Agent as HttpAgent } from "node:http";
import { type AgentOptions, Agent as HttpsAgent, type RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { must } from "../std/index.ts";

/** Where a kubeconfig comes from. */
export type KubeconfigSource = { readonly path: string } | { readonly text: string };

/** What a request needs to reach the cluster as its user. */
export type Connection = {
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: HttpAgent;
};

/** How long credentials are used before the kubeconfig's plugins and files are asked again. */
const FRESH_MS = 10_000;

/**
 * The credentials of one kubeconfig context, by @kubernetes/client-node: tokens, certificates, exec plugins. The agent is our
 * own, kept alive and shared: client-node's typed client opens a connection per request.
 */
export class Credentials {
  readonly server: URL;
  readonly #config: KubeConfig;
  readonly #connections: number;
  #agent: HttpAgent | undefined;
  #agentKey = "";
  #current: Promise<Connection> | undefined;
  #freshUntilMs = 0;

  constructor(config: KubeConfig, connections: number) {
    this.#config = config;
    this.#connections = connections;
    this.server = new URL(must(config.getCurrentCluster(), "the cluster of the kubeconfig's context").server);
  }

  /** Present credentials; rejects when a plugin fails. */
  connection(): Promise<Connection> {
    const nowMs = performance.now();
    if (this.#current === undefined || nowMs > this.#freshUntilMs) {
      this.#freshUntilMs = nowMs + FRESH_MS;
      this.#current = this.#load();
    }
    return this.#current;
  }

  /** Has the credentials loaded anew next time: the server refused them. */
  expire(): void {
    this.#current = undefined;
  }

  close(): void {
    this.#agent?.destroy();
  }

  async #load(): Promise<Connection> {
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const headers: Record<string, string> = { "user-agent": "atoll" };
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value);
    if (typeof options.auth === "string")
      headers.authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
    return { server: this.server, headers, agent: this.#agentOf(options) };
  }

  /** The same agent for as long as the certificates stay the same. */
  #agentOf(options: RequestOptions): HttpAgent {
    // A proxy is client-node's matter altogether.
    if (this.#config.getCurrentCluster()?.proxyUrl !== undefined) return options.agent as HttpAgent;
    const tls = tlsOptions(options);
    const key = Object.values(tls).map(String).join("\n");
    if (this.#agent !== undefined && key === this.#agentKey) return this.#agent;
    this.#agent?.destroy();
    this.#agentKey = key;
    const pooled = { keepAlive: true, keepAliveMsecs: 30_000, maxFreeSockets: this.#connections };
    this.#agent = this.server.protocol === "http:" ? new HttpAgent(pooled) : new HttpsAgent({ ...pooled, ...tls });
    return this.#agent;
  }
}

/** Loads the credentials of a context, the current one when none is named. */
export async function loadCredentials(options: {
  readonly kubeconfig: KubeconfigSource;
  readonly context: string | undefined;
  readonly connections: number;
}): Promise<Credentials> {
  // Loaded late: it costs 0.3 s and 120 MB, which a world without remote clusters need not pay.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if ("path" in options.kubeconfig) config.loadFromFile(options.kubeconfig.path);
  else config.loadFromString(options.kubeconfig.text);
  if (options.context !== undefined) {
    must(config.getContextObject(options.context), `context ${options.context} of the kubeconfig`);
    config.setCurrentContext(options.context);
  }
  return new Credentials(config, options.connections);
}

function tlsOptions(options: RequestOptions): AgentOptions {
  const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options;
  const given = Object.entries({ ca, cert, key, pfx, passphrase, servername, rejectUnauthorized });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
