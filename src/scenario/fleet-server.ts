import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DnsResponder } from "../network/index.ts";
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type DnsListener,
  type HttpHandler,
  type HttpsListener,
  IN_FLIGHT_LIMITS,
  type InFlightLimits,
  type KubeconfigContext,
  kubeconfigText,
  listenDns,
  listenHttps,
  type Upgrade,
} from "../serving/index.ts";
import type { Loop } from "../sim/index.ts";
import type { FleetSpec } from "./fleet.ts";

/** What can be served: a world's loop, the HTTP doors of its simulated clusters, the DNS of its simulated members. */
export interface ServableFleet {
  readonly loop: Loop;
  simulatedClusters(): readonly string[];
  simulatedMembers(): readonly string[];
  httpHandler(cluster: string): HttpHandler;
  upgradeHandler(cluster: string): (upgrade: Upgrade) => void;
  dnsQuery(member: string): DnsResponder;
}

export type ServeOptions = {
  /** Where `karmada.config` and `members.config` are written. */
  readonly kubeconfigDir: string;
  /** The address everything listens on; loopback unless the user asks for another. */
  readonly address?: string;
  /** Who issues the certificates; an authority of its own when absent. */
  readonly authority?: CertificateAuthority;
  /** The host's port; members take the ports after it. 0 takes free ones. */
  readonly port?: number;
};

/** A fleet that listens: where, and how to end it. */
export interface FleetServer {
  /** Path of the kubeconfig with the contexts `karmada-apiserver` and `karmada-host`. */
  readonly hostKubeconfig: string;
  /** Path of the kubeconfig with a context for each member. */
  readonly membersKubeconfig: string;
  readonly urls: ReadonlyMap<string, string>;
  /** Address and port of each member's DNS server. */
  readonly dns: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
  close(): Promise<void>;
}

/** Serves every simulated cluster of a world over HTTPS, and its members' DNS, and writes kubeconfigs. Rejects with one sentence. */
export async function serveFleet(
  world: ServableFleet,
  { serving }: Pick<FleetSpec, "serving">,
  options: ServeOptions,
): Promise<FleetServer> {
  const address = options.address ?? "127.0.0.1";
  prepareFolder(options.kubeconfigDir);
  const authority = options.authority ?? (await createCertificateAuthority("atoll"));
  const certificate = await authority.issueServer({
    dns: ["localhost", "kubernetes", "kubernetes.default.svc"],
    ip: [...new Set([address, "127.0.0.1"])],
  });
  const listeners = new Map<string, HttpsListener>();
  const dns = new Map<string, DnsListener>();
  const close = async (): Promise<void> => {
    await Promise.all([
      ...[...listeners.values()].map((listener) => listener.close()),
      ...[...dns.values()].map((listener) => listener.stop()),
    ]);
  };
  try {
    for (const [index, cluster] of world.simulatedClusters().entries()) {
      const port = options.port === undefined || options.port === 0 ? 0 : options.port + index;
      listeners.set(
        cluster,
        await listenHttps({
          loop: world.loop,
          handler: world.httpHandler(cluster),
          onUpgrade: world.upgradeHandler(cluster),
          certificate,
          clientAuthority: authority.certificate,
          inFlight: inFlightLimits(serving),
          address,
          port,
        }),
      );
    }
    for (const member of world.simulatedMembers())
      dns.set(member, await listenDns(world.dnsQuery(member), { host: address, port: 0 }));
    const files = await writeKubeconfigs(world, { authority, listeners, folder: options.kubeconfigDir });
    return { ...files, urls: new Map([...listeners].map(([name, listener]) => [name, listener.url])), dns, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a fleet leaves open is as much as a server in this process can do with. */
function inFlightLimits({ maxRequestsInflight, maxMutatingRequestsInflight }: FleetSpec["serving"]): InFlightLimits {
  const { readOnly, mutating } = IN_FLIGHT_LIMITS;
  return { readOnly: maxRequestsInflight ?? readOnly, mutating: maxMutatingRequestsInflight ?? mutating };
}

async function writeKubeconfigs(
  world: ServableFleet,
  {
    authority,
    listeners,
    folder,
  }: {
    readonly authority: CertificateAuthority;
    readonly listeners: ReadonlyMap<string, HttpsListener>;
    readonly folder: string;
  },
): Promise<{ readonly hostKubeconfig: string; readonly membersKubeconfig: string }> {
  const client = await authority.issueClient({ commonName: "kubernetes-admin", organizations: ["system:masters"] });
  const context = (name: string, cluster: string): KubeconfigContext => ({
    name,
    server: listeners.get(cluster)?.url ?? "",
    certificateAuthority: authority.certificate,
    client,
  });
  const hostKubeconfig = join(folder, "karmada.config");
  const membersKubeconfig = join(folder, "members.config");
  writeSecret(hostKubeconfig, kubeconfigText([context("karmada-apiserver", "host"), context("karmada-host", "host")]));
  writeSecret(membersKubeconfig, kubeconfigText(world.simulatedMembers().map((member) => context(member, member))));
  return { hostKubeconfig, membersKubeconfig };
}

function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new Error(`cannot make the kubeconfig folder ${folder}: ${(error as Error).message}`);
  }
}

function writeSecret(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600 });
    chmodSync(file, 0o600);
  } catch (error) {
    throw new Error(`cannot write the kubeconfig ${file}: ${(error as Error).message}`);
  }
}
