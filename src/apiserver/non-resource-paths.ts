import { failure, type SchemaSource, type Status } from "../apimachinery/index.ts";
import type { ForeignApis } from "./aggregation/foreign-apis.ts";
import { Discovery } from "./discovery.ts";
import { health, healthMetrics, healthPaths } from "./health.ts";
import { OpenApi, type OpenApiAnswer } from "./openapi/openapi.ts";
import type { Registry } from "./registry.ts";
import type { RawAnswer } from "./request.ts";
import type { SchemaPool } from "./schema-pool.ts";
import type { ServerVersion } from "./server-version.ts";
import { issuerAnswer } from "./tokens/issuer-discovery.ts";
import type { TokenSigner } from "./tokens/token-signer.ts";

const METRICS = "/metrics";
const SERVICE_LEVELS = "/metrics/slis";
const OPENAPI_V2 = "/openapi/v2";
const OPENAPI_V3 = "/openapi/v3";
const OPENAPI_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** How a client wants discovery, all at once (`v2`, `v2beta1`) or a document at a time, and OpenAPI v2. */
export type PathForm = {
  readonly discovery: "v2" | "v2beta1" | "unaggregated";
  readonly openApi: "json" | "protobuf";
};

/** An answer to a path that names no resource. */
export type PathAnswer =
  | {
      readonly ok: true;
      readonly code?: number;
      readonly contentType: string;
      /** Text or bytes as they are to be sent, else a value for JSON. */
      readonly body: unknown;
      /** Tags a document clients may keep: asking whether it is still the same, or (`immutable`) not even that. */
      readonly hash?: string;
      readonly caching?: "public" | "immutable";
      /** What is no object of the API is laid out for people (`WriteRawJSON`). */
      readonly laidOut?: true;
    }
  | { readonly ok: true; readonly movedTo: string }
  | { readonly ok: false; readonly status: Status };

const AGGREGATED: PathForm = { discovery: "v2", openApi: "json" };

/** Answers to paths that name no resource: health, version, discovery, OpenAPI. */
export class NonResourcePaths {
  readonly #discovery: Discovery;
  readonly #openApi: OpenApi;
  readonly #version: ServerVersion;
  readonly #metrics: () => string;
  readonly #tokenSigner: TokenSigner | undefined;

  constructor(options: {
    readonly registry: Registry;
    readonly foreignApis: ForeignApis | undefined;
    readonly version: ServerVersion;
    readonly schemas: SchemaSource | undefined;
    readonly tokenSigner?: TokenSigner | undefined;
    readonly pool: SchemaPool;
    readonly metrics: () => string;
  }) {
    this.#metrics = options.metrics;
    this.#version = options.version;
    this.#tokenSigner = options.tokenSigner;
    this.#discovery = new Discovery(options.registry, options.foreignApis);
    this.#openApi = new OpenApi({ ...options, gitVersion: options.version.gitVersion });
  }

  /** As in-process clients are answered: discovery is aggregated, documents are values. */
  raw(path: string): RawAnswer {
    const answer = this.answer(path, AGGREGATED);
    if (!answer.ok) return answer;
    if ("movedTo" in answer) return this.raw(answer.movedTo);
    const { code = 200, contentType, body } = answer;
    return { ok: true, code, contentType, body };
  }

  answer(path: string, form: PathForm): PathAnswer {
    const mark = path.indexOf("?");
    const asked = mark < 0 ? path : path.slice(0, mark);
    const bare = trimmed(asked);
    const query = new URLSearchParams(mark < 0 ? "" : path.slice(mark + 1));
    return (
      this.#metricsAnswer(bare) ??
      health(bare, query) ??
      this.#openApiAnswer(bare, query, form) ??
      this.#aggregated(bare, form) ??
      issuerAnswer(this.#tokenSigner, bare) ??
      this.#value(bare) ??
      NO_SUCH_PATH
    );
  }

  #metricsAnswer(path: string): PathAnswer | undefined {
    if (path !== METRICS && path !== SERVICE_LEVELS) return undefined;
    const body = path === METRICS ? this.#metrics() : healthMetrics();
    return { ok: true, contentType: "text/plain; version=0.0.4; charset=utf-8", body };
  }

  #openApiAnswer(path: string, query: URLSearchParams, form: PathForm): PathAnswer | undefined {
    if (path === OPENAPI_V2)
      return openApiAnswer(
        this.#openApi.wholeDocument(form.openApi),
        form.openApi === "json" ? "application/json" : OPENAPI_PROTOBUF,
      );
    if (path === OPENAPI_V3) return openApiAnswer(this.#openApi.index());
    if (!path.startsWith(`${OPENAPI_V3}/`)) return undefined;
    const document = this.#openApi.document(path.slice(OPENAPI_V3.length + 1));
    if (document === undefined) return undefined;
    const wanted = query.get("hash");
    if (wanted === null) return openApiAnswer(document);
    if (wanted !== document.hash) return { ok: true, movedTo: `${path}?hash=${document.hash}` };
    return { ...openApiAnswer(document), caching: "immutable" };
  }

  #aggregated(path: string, { discovery }: PathForm): PathAnswer | undefined {
    if (discovery === "unaggregated" || (path !== "/api" && path !== "/apis")) return undefined;
    const document =
      path === "/api" ? this.#discovery.aggregatedCore(discovery) : this.#discovery.aggregatedGroups(discovery);
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${discovery};as=APIGroupDiscoveryList`;
    return { ok: true, contentType, body: document.body, hash: document.hash, caching: "public" };
  }

  #value(path: string): PathAnswer | undefined {
    const raw = path === "/version" ? this.#versionInfo() : path === "/" ? this.#index() : undefined;
    if (raw !== undefined) return { ok: true, contentType: "application/json", body: raw, laidOut: true };
    const body = this.#discovery.legacy(path);
    return body === undefined ? undefined : { ok: true, contentType: "application/json", body };
  }

  /** `/`: the paths there are. */
  #index(): unknown {
    const openApi = [OPENAPI_V2, OPENAPI_V3, `${OPENAPI_V3}/`];
    return {
      paths: [...this.#discovery.paths(), ...healthPaths(), ...openApi, METRICS, SERVICE_LEVELS, "/version"].sort(),
    };
  }

  #versionInfo(): unknown {
    const { major, minor, gitVersion } = this.#version;
    return {
      major,
      minor,
      emulationMajor: major,
      emulationMinor: minor,
      minCompatibilityMajor: major,
      minCompatibilityMinor: String(Math.max(0, Number.parseInt(minor, 10) - 1)),
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

/** Go's router takes a path with a slash at its end for the same where versions and resources are told, and nowhere else. */
function trimmed(path: string): string {
  return /^\/(?:version|apis?(?:\/.*)?)\/$/.test(path) ? path.slice(0, -1) : path;
}

const NO_SUCH_PATH: PathAnswer = {
  ok: false,
  status: failure("NotFound", "the server could not find the requested resource", {}),
};

function openApiAnswer(
  answer: OpenApiAnswer,
  contentType = "application/json",
): Extract<PathAnswer, { readonly contentType: string }> {
  return { ok: true, contentType, body: answer.body, hash: answer.hash };
}
