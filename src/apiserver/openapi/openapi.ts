import { createHash } from "node:crypto";
import type { SchemaSource } from "../../apimachinery/index.ts";
import type { Registry } from "../registry.ts";
import type { Resource } from "../resource.ts";
import type { SchemaPool } from "../schema-pool.ts";
import { documentV2 } from "./document-v2.ts";
import { documentV3 } from "./document-v3.ts";
import { encodeDocument } from "./gnostic.ts";
import { groupVersionPath } from "./paths.ts";

/** An OpenAPI answer, and the tag under which a client may keep it. */
export type OpenApiAnswer = { readonly body: string | Uint8Array; readonly hash: string };

/**
 * OpenAPI of what a server serves. Documents are made when asked for, from the pool where another server of the fleet has made
 * the same one; their hashes are those of what they are made from, so the index needs no document.
 */
export class OpenApi {
  readonly #registry: Registry;
  readonly #schemas: SchemaSource | undefined;
  readonly #pool: SchemaPool;
  readonly #gitVersion: string;
  #edition = -1;
  #groupVersions: ReadonlyMap<string, GroupVersion> = new Map();
  #index: OpenApiAnswer | undefined;

  constructor(options: {
    readonly registry: Registry;
    readonly schemas: SchemaSource | undefined;
    readonly pool: SchemaPool;
    readonly gitVersion: string;
  }) {
    this.#registry = options.registry;
    this.#schemas = options.schemas;
    this.#pool = options.pool;
    this.#gitVersion = options.gitVersion;
  }

  /** `/openapi/v3`: where the document of each group version is. */
  index(): OpenApiAnswer {
    const present = this.#present();
    this.#index ??= indexOf(present);
    return this.#index;
  }

  /** The v3 document of `api/v1`, `apis/apps/v1`; `undefined` when no such group version is served. */
  document(path: string): OpenApiAnswer | undefined {
    const groupVersion = this.#present().get(path);
    if (groupVersion === undefined) return undefined;
    const { hash, resources } = groupVersion;
    const body = this.#pool.document(hash, () =>
      JSON.stringify(documentV3(resources, this.#schemas, this.#gitVersion)),
    );
    return { body, hash };
  }

  /** `/openapi/v2`: everything in one document, as JSON or as the protobuf Go clients ask for. */
  wholeDocument(form: "json" | "protobuf"): OpenApiAnswer {
    const present = this.#present();
    const hash = sha512([...present.values()].map((groupVersion) => groupVersion.hash).join());
    const make = (): unknown => documentV2(this.#registry.resources(), this.#schemas, this.#gitVersion);
    const body = this.#pool.document(`${form} ${hash}`, () =>
      form === "json" ? JSON.stringify(make()) : encodeDocument(make()),
    );
    return { body, hash };
  }

  #present(): ReadonlyMap<string, GroupVersion> {
    if (this.#edition !== this.#registry.edition) {
      const groups = Map.groupBy(this.#registry.resources(), groupVersionPath);
      this.#groupVersions = new Map(
        [...groups].map(([path, resources]) => [
          path,
          { resources, hash: sha512(this.#gitVersion + describe(resources)) },
        ]),
      );
      this.#index = undefined;
      this.#edition = this.#registry.edition;
    }
    return this.#groupVersions;
  }
}

type GroupVersion = { readonly resources: readonly Resource[]; readonly hash: string };

function indexOf(groupVersions: ReadonlyMap<string, GroupVersion>): OpenApiAnswer {
  const paths: Record<string, unknown> = {};
  for (const [path, { hash }] of groupVersions) paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
  const body = JSON.stringify({ paths });
  return { body, hash: sha512(body) };
}

/** What a document is made from: kinds and what can be done with them, and schemas that may change under the same name. */
function describe(resources: readonly Resource[]): string {
  return JSON.stringify(
    resources.map(({ kind, listKind, custom, descriptor }) => {
      const { verbs, status, scale, subresources, schema } = descriptor;
      return [kind, listKind, custom, verbs, status, scale !== undefined, subresources, schema];
    }),
  );
}

function sha512(text: string): string {
  return createHash("sha512").update(text).digest("hex").toUpperCase();
}
