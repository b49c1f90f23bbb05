import { Cluster, type LocalSecretReference, Secret } from "../api/index.ts";
import type { Informer, InformerFactory } from "../client/index.ts";
import { type RemoteClient, remoteClient } from "../remote/index.ts";
import type { Loop } from "../sim/index.ts";

/** How a cluster is reached that joined by its Cluster object: as Karmada's controllers, and to stand in for others. */
export type JoinedCluster = { readonly client: RemoteClient; readonly impersonator: RemoteClient };

/** The clusters somebody joined to a running host (`karmadactl join`), each as soon as there are clients of it. */
export interface JoinedClusters {
  get(name: string): JoinedCluster | undefined;
  names(): readonly string[];
  observe(observer: () => void): () => void;
  close(): void;
}

type Open = { readonly address: string; cluster?: JoinedCluster };

/**
 * Follows Clusters and their Secrets, and opens clients to the endpoints they state, with the tokens they keep; `isOurs` tells
 * the clusters of the fleet, whose doors are known. Without endpoint or Secret a cluster is known by name only.
 */
export function joinedClusters(options: {
  readonly loop: Loop;
  readonly informers: InformerFactory;
  readonly isOurs: (cluster: Cluster) => boolean;
}): JoinedClusters {
  const { loop, informers, isOurs } = options;
  const clusters = informers.of(Cluster);
  const secrets = informers.of(Secret);
  const opened = new Map<string, Open>();
  const observers = new Set<() => void>();
  const tell = (): void => {
    for (const observer of observers) observer();
  };
  const drop = (name: string): void => {
    const gone = opened.get(name)?.cluster;
    opened.delete(name);
    if (gone === undefined) return;
    tell();
    close(gone);
  };
  const open = (name: string, address: string): void => {
    const opening: Open = { address };
    opened.set(name, opening);
    const hold = loop.hold(`clients of ${name}`);
    const enter = (cluster: JoinedCluster): void => {
      if (opened.get(name) !== opening) {
        close(cluster);
        return;
      }
      opening.cluster = cluster;
      tell();
    };
    const done = (cluster?: JoinedCluster): void => {
      loop.soon(`clients of ${name}`, () => cluster !== undefined && enter(cluster));
      hold.release();
    };
    connect(name, JSON.parse(address) as Address, loop).then(done, () => done());
  };
  const refresh = (): void => {
    const addresses = new Map<string, string>();
    for (const cluster of clusters.list()) {
      const address = isOurs(cluster) ? undefined : addressOf(cluster, secrets);
      if (address !== undefined) addresses.set(cluster.metadata.name, JSON.stringify(address));
    }
    for (const [name, { address }] of [...opened]) if (addresses.get(name) !== address) drop(name);
    for (const [name, address] of addresses) if (!opened.has(name)) open(name, address);
  };
  const stops = [clusters.addHandler(refresh), secrets.addHandler(refresh)];
  return {
    get: (name) => opened.get(name)?.cluster,
    names: () => [...opened].flatMap(([name, { cluster }]) => (cluster === undefined ? [] : [name])),
    observe: (observer) => {
      observers.add(observer);
      return () => void observers.delete(observer);
    },
    close: () => {
      for (const stop of stops) stop();
      for (const name of [...opened.keys()]) drop(name);
    },
  };
}

function close({ client, impersonator }: JoinedCluster): void {
  client.close();
  impersonator.close();
}

/** Where a cluster is and whom its Secrets know, as text that can be compared. */
type Address = {
  readonly cluster: Readonly<Record<string, string | boolean>>;
  readonly token: string;
  readonly impersonatorToken: string;
};

function addressOf({ spec }: Cluster, secrets: Informer<Secret>): Address | undefined {
  const { apiEndpoint, proxyURL, insecureSkipTLSVerification } = spec;
  const own = secretOf(spec.secretRef, secrets);
  const token = textOf(own, "token");
  if (apiEndpoint === undefined || apiEndpoint === "" || token === undefined) return undefined;
  const authority = own?.data?.caBundle;
  return {
    cluster: {
      server: apiEndpoint.includes("://") ? apiEndpoint : `https://${apiEndpoint}`,
      ...(insecureSkipTLSVerification === true ? { "insecure-skip-tls-verify": true } : {}),
      ...(authority === undefined || authority === "" ? {} : { "certificate-authority-data": authority }),
      ...(proxyURL === undefined || proxyURL === "" ? {} : { "proxy-url": proxyURL }),
    },
    token,
    impersonatorToken: textOf(secretOf(spec.impersonatorSecretRef, secrets), "token") ?? "",
  };
}

function secretOf(reference: LocalSecretReference | undefined, secrets: Informer<Secret>): Secret | undefined {
  return reference === undefined ? undefined : secrets.get(reference.name, reference.namespace);
}

function textOf(secret: Secret | undefined, field: string): string | undefined {
  const value = secret?.data?.[field];
  return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
}

async function connect(name: string, address: Address, loop: Loop): Promise<JoinedCluster> {
  const open = (token: string): Promise<RemoteClient> =>
    remoteClient({ cluster: name, loop, kubeconfig: { text: kubeconfigOf(name, address, token) } });
  const [client, impersonator] = await Promise.all([open(address.token), open(address.impersonatorToken)]);
  return { client, impersonator };
}

/** JSON is YAML. */
function kubeconfigOf(name: string, { cluster }: Address, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}
