import { createHash } from "node:crypto";
import type { SchemaSource } from "../../apimachinery/index.ts";
import type { ForeignApis } from "../aggregation/foreign-apis.ts";
import type { ForeignSpec } from "../aggregation/foreign-specs.ts";
import type { Registry } from "../registry.ts";
import type { Resource } from "../resource.ts";
import type { SchemaPool } from "../schema-pool.ts";
import type { Fields } from "./components.ts";
import { documentV2 } from "./document-v2.ts";
import { documentV3 } from "./document-v3.ts";
import { encodeDocument } from "./gnostic.ts";
import { mergedV2 } from "./merge-v2.ts";
import { groupVersionPath } from "./paths.ts";

/** An OpenAPI answer, and the tag under which a client may keep it. */
export type OpenApiAnswer = { readonly body: string | Uint8Array; readonly hash: string };

/**
 * OpenAPI of what a server serves. Documents are made when asked for, from the pool where another server of the fleet has made
 * the same one; their hashes are those of what they are made from, so the index needs no document. What other servers say of theirs
 * stands beside it in the index, and within the document of everything.
 */
export class OpenApi {
  readonly #registry: Registry;
  readonly #schemas: SchemaSource | undefined;
  readonly #pool: SchemaPool;
  readonly #gitVersion: string;
  readonly #foreign: ForeignApis | undefined;
  #edition = "";
  #groupVersions: ReadonlyMap<string, GroupVersion> = new Map();
  #index: OpenApiAnswer | undefined;

  constructor(options: {
    readonly registry: Registry;
    readonly schemas: SchemaSource | undefined;
    readonly pool: SchemaPool;
    readonly gitVersion: string;
    readonly foreignApis: ForeignApis | undefined;
  }) {
    this.#registry = options.registry;
    this.#schemas = options.schemas;
    this.#pool = options.pool;
    this.#gitVersion = options.gitVersion;
    this.#foreign = options.foreignApis;
  }

  /** `/openapi/v3`: where the document of each group version is. */
  index(): OpenApiAnswer {
    const present = this.#present();
    this.#index ??= indexOf(present, this.#foreignSpecs());
    return this.#index;
  }

  /** The v3 document of `api/v1`, `apis/apps/v1`; `undefined` when no such group version is served. */
  document(path: string): OpenApiAnswer | undefined {
    const groupVersion = this.#present().get(path);
    if (groupVersion === undefined)
      return this.#foreignSpecs().find(({ converted }) => converted?.key === path)?.converted;
    const { hash, resources } = groupVersion;
    const body = this.#pool.document(hash, () =>
      JSON.stringify(documentV3(resources, this.#schemas, this.#gitVersion)),
    );
    return { body, hash };
  }

  /** `/openapi/v2`: everything in one document, as JSON or as the protobuf Go clients ask for. */
  wholeDocument(form: "json" | "protobuf"): OpenApiAnswer {
    const present = this.#present();
    const foreign = this.#foreignSpecs().filter(({ document }) => document !== undefined);
    const tags = foreign.map(({ tag }) => tag);
    const hash = sha512([...[...present.values()].map((groupVersion) => groupVersion.hash), ...tags].join());
    const own = (): Fields => documentV2(this.#registry.resources(), this.#schemas, this.#gitVersion);
    const make = (): Fields => foreign.reduce((merged, { document = {} }) => mergedV2(merged, document), own());
    const body = this.#pool.document(`${form} ${hash}`, () =>
      form === "json" ? JSON.stringify(make()) : encodeDocument(make()),
    );
    return { body, hash };
  }

  #present(): ReadonlyMap<string, GroupVersion> {
    const edition = `${this.#registry.edition}/${this.#foreign?.specs.edition}`;
    if (this.#edition !== edition) {
      const groups = Map.groupBy(this.#registry.resources(), groupVersionPath);
      this.#groupVersions = new Map(
        [...groups].map(([path, resources]) => [
          path,
          { resources, hash: sha512(this.#gitVersion + describe(resources)) },
        ]),
      );
      this.#index = undefined;
      this.#edition = edition;
    }
    return this.#groupVersions;
  }

  #foreignSpecs(): readonly ForeignSpec[] {
    return this.#foreign?.specs.all() ?? [];
  }
}

type GroupVersion = { readonly resources: readonly Resource[]; readonly hash: string };

/** What two servers have is the first one's. */
function indexOf(groupVersions: ReadonlyMap<string, GroupVersion>, foreign: readonly ForeignSpec[]): OpenApiAnswer {
  const paths: Record<string, { readonly serverRelativeURL: string }> = {};
  const add = (path: string, hash: string): void => {
    paths[path] ??= { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
  };
  for (const [path, { hash }] of groupVersions) add(path, hash);
  for (const { places, converted } of foreign) {
    for (const [path, place] of places) paths[path] ??= { serverRelativeURL: place };
    if (converted !== undefined) add(converted.key, converted.hash);
  }
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
