import type { Kind, KubeObject, ObjectOf } from "../apimachinery/index.ts";
import type { Loop, RandomStream } from "../sim/index.ts";
import type { CacheReader } from "./cache-reader.ts";
import type { ListQuery, MemberReader, Snapshot } from "./definition.ts";

type AnyKind = Kind<KubeObject>;

/** A snapshot over live caches. Entries of the loop run to completion, so nothing changes while a reconcile reads. */
export class CacheSnapshot implements Snapshot<AnyKind, AnyKind> {
  readonly random: RandomStream;
  readonly #loop: Loop;
  readonly #home: CacheReader;
  readonly #memberOf: (cluster: string) => CacheReader | undefined;

  constructor(options: {
    readonly loop: Loop;
    readonly random: RandomStream;
    readonly home: CacheReader;
    readonly memberOf: (cluster: string) => CacheReader | undefined;
  }) {
    this.#loop = options.loop;
    this.random = options.random;
    this.#home = options.home;
    this.#memberOf = options.memberOf;
  }

  get nowMs(): number {
    return this.#loop.nowMs();
  }

  get<K extends AnyKind>(kind: K, name: string, namespace?: string): ObjectOf<K> | undefined {
    return this.#home.get(kind, name, namespace);
  }

  list<K extends AnyKind>(kind: K, query?: ListQuery<ObjectOf<K>>): readonly ObjectOf<K>[] {
    return this.#home.list(kind, query);
  }

  member(cluster: string): MemberReader<AnyKind> | undefined {
    return this.#memberOf(cluster);
  }

  dynamic(kind: AnyKind, name: string, namespace?: string): KubeObject | undefined {
    return this.#home.dynamic(kind, name, namespace);
  }

  dynamicList(kind: AnyKind, query?: ListQuery<KubeObject>): readonly KubeObject[] {
    return this.#home.dynamicList(kind, query);
  }

  kindOf(apiVersion: string, kind: string): Kind<KubeObject> | undefined {
    return this.#home.kindOf(apiVersion, kind);
  }
}
