import { failure, type SchemaSource, type Status } from "../apimachinery/index.ts";
import { Discovery } from "./discovery.ts";
import { OpenApi, type OpenApiAnswer } from "./openapi.ts";
import type { Registry } from "./registry.ts";
import type { RawAnswer } from "./request.ts";
import type { ServerVersion } from "./server-version.ts";

const HEALTH = new Set(["/healthz", "/livez", "/readyz"]);
const OPENAPI = "/openapi/v3";

/** How a client wants discovery: all at once (`v2`, `v2beta1`), or a document at a time. */
export type DiscoveryForm = "v2" | "v2beta1" | "unaggregated";

/** An answer to a path that names no resource; one with a `hash` may be kept by clients. */
export type PathAnswer =
  | {
      readonly ok: true;
      readonly contentType: string;
      /** Text as it is to be sent, else a value for JSON. */
      readonly body: unknown;
      readonly hash?: string;
    }
  | { readonly ok: false; readonly status: Status };

/** Answers to paths that name no resource: health, version, discovery, OpenAPI. */
export class NonResourcePaths {
  readonly #discovery: Discovery;
  readonly #openApi: OpenApi;
  readonly #version: ServerVersion;

  constructor(options: {
    readonly registry: Registry;
    readonly version: ServerVersion;
    readonly schemas: SchemaSource | undefined;
  }) {
    this.#version = options.version;
    this.#discovery = new Discovery(options.registry);
    this.#openApi = new OpenApi({ ...options, gitVersion: options.version.gitVersion });
  }

  /** As in-process clients are answered: discovery is aggregated, documents are values. */
  raw(path: string): RawAnswer {
    const answer = this.answer(path, "v2");
    if (!answer.ok) return answer;
    const { contentType, body } = answer;
    return { ok: true, code: 200, contentType, body };
  }

  answer(path: string, form: DiscoveryForm): PathAnswer {
    const query = path.indexOf("?");
    const bare = query < 0 ? path : path.slice(0, query);
    if (HEALTH.has(bare) || [...HEALTH].some((root) => bare.startsWith(`${root}/`)))
      return { ok: true, contentType: "text/plain; charset=utf-8", body: "ok" };
    if (bare === OPENAPI || bare === `${OPENAPI}/`) return openApiAnswer(this.#openApi.index());
    if (bare.startsWith(`${OPENAPI}/`)) return openApiAnswer(this.#openApi.document(bare.slice(OPENAPI.length + 1)));
    const aggregated = form === "unaggregated" ? undefined : this.#aggregated(bare, form);
    if (aggregated !== undefined) return aggregated;
    const body = bare === "/version" ? this.#versionInfo() : this.#discovery.legacy(bare);
    return body === undefined ? NO_SUCH_PATH : { ok: true, contentType: "application/json", body };
  }

  #aggregated(path: string, version: "v2" | "v2beta1"): PathAnswer | undefined {
    const body =
      path === "/api"
        ? this.#discovery.aggregatedCore(version)
        : path === "/apis"
          ? this.#discovery.aggregatedGroups(version)
          : undefined;
    if (body === undefined) return undefined;
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    return { ok: true, contentType, body };
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

const NO_SUCH_PATH: PathAnswer = {
  ok: false,
  status: failure("NotFound", "the server could not find the requested resource", {}),
};

function openApiAnswer(answer: OpenApiAnswer | undefined): PathAnswer {
  if (answer === undefined) return NO_SUCH_PATH;
  return { ok: true, contentType: "application/json", body: answer.json, hash: answer.hash };
}
