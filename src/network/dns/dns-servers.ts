import type { Pod } from "../../api/index.ts";
import type { ClusterFeed } from "./kubernetes/feed.ts";
import type { DnsResponder } from "./responder.ts";
import type { CoreDnsBuild } from "./server/plugin-order.ts";

/** A ServiceAccount by namespace and name. */
export type ServiceAccountName = { readonly namespace: string; readonly name: string };

/** The DNS servers that run in a cluster's pods, by address and port; and what they are told and made of. */
export class DnsServers {
  readonly build: CoreDnsBuild;
  /** What the API server tells a service account; absent while nobody is attached to the cluster. */
  feedOf: ((account: ServiceAccountName) => ClusterFeed) | undefined;
  /** Counts servers that came and went. */
  version = 0;
  readonly #servers = new Map<string, () => DnsResponder | undefined>();

  constructor(build: CoreDnsBuild) {
    this.build = build;
  }

  /** What the API server tells who runs in a pod. */
  feedFor({ metadata, spec }: Pod): ClusterFeed | undefined {
    const { namespace = "default" } = metadata;
    return this.feedOf?.({ namespace, name: spec.serviceAccountName ?? "default" });
  }

  /** Makes a server known until the returned function is called. */
  register(address: string, port: number, responder: () => DnsResponder | undefined): () => void {
    const key = `${address} ${port}`;
    this.#servers.set(key, responder);
    this.version++;
    return () => {
      if (this.#servers.get(key) !== responder) return;
      this.#servers.delete(key);
      this.version++;
    };
  }

  at(address: string, port: number): (() => DnsResponder | undefined) | undefined {
    return this.#servers.get(`${address} ${port}`);
  }
}
