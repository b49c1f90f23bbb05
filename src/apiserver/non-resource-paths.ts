import { failure, type SchemaSource } from "../apimachinery/index.ts";
import { Discovery } from "./discovery.ts";
import type { Registry } from "./registry.ts";
import type { RawAnswer } from "./request.ts";
import type { ServerVersion } from "./server-version.ts";

const HEALTH = new Set(["/healthz", "/livez", "/readyz"]);

/** Answers to paths that name no resource. In process, discovery is aggregated. */
export class NonResourcePaths {
  readonly #discovery: Discovery;
  readonly #version: ServerVersion;

  constructor(options: {
    readonly registry: Registry;
    readonly version: ServerVersion;
    readonly schemas: SchemaSource | undefined;
  }) {
    this.#version = options.version;
    this.#discovery = new Discovery(options.registry);
  }

  answer(path: string): RawAnswer {
    const bare = path.split("?", 1)[0] as string;
    if (HEALTH.has(bare)) return { ok: true, code: 200, contentType: "text/plain; charset=utf-8", body: "ok" };
    const body = bare === "/version" ? this.#versionInfo() : this.#discoveryBody(bare);
    if (body !== undefined) return { ok: true, code: 200, contentType: "application/json", body };
    return { ok: false, status: failure("NotFound", "the server could not find the requested resource", {}) };
  }

  #discoveryBody(path: string): unknown {
    if (path === "/api") return this.#discovery.aggregatedCore();
    if (path === "/apis") return this.#discovery.aggregatedGroups();
    return this.#discovery.legacy(path);
  }

  #versionInfo(): unknown {
    const { major, minor, gitVersion } = this.#version;
    return {
      major,
      minor,
      gitVersion,
      gitCommit: "",
      gitTreeState: "clean",
      buildDate: "1970-01-01T00:00:00Z",
      goVersion: "",
      compiler: "",
      platform: "linux/amd64",
    };
  }
}
