import { FRONT_PROXY, fleetOf, membersNamed, readFleetFile, World } from "../../scenario/index.ts";
import { createCertificateAuthority } from "../../serving/index.ts";
import { UsageError } from "../usage-error.ts";

export type UpOptions = {
  readonly members?: number;
  readonly file?: string;
  readonly kubeconfigDir: string;
  readonly speed?: number;
  readonly seed?: number;
  readonly port: number;
};

/** `atoll up`: serves a fleet in wall-clock time until SIGINT or SIGTERM. */
export async function up(options: UpOptions): Promise<number> {
  if (options.file !== undefined && options.members !== undefined)
    throw new UsageError("expected either --file or --members, found both");
  const fleet = asUsage(() =>
    options.file === undefined ? fleetOf({ members: membersNamed(options.members ?? 2) }) : readFleetFile(options.file),
  );
  const stopped = signalled();
  const authority = await createCertificateAuthority("atoll");
  const world = await World.create({
    ...fleet,
    clock: "wall",
    caCertificate: authority.certificate,
    certificateSigner: authority.signer,
    frontProxy: await authority.issueClient({ commonName: FRONT_PROXY, organizations: [] }),
    startTime: fleet.startTime ?? new Date().toISOString(),
    ...(options.speed === undefined ? {} : { speed: options.speed }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  try {
    const server = await world
      .serve({ authority, kubeconfigDir: options.kubeconfigDir, port: options.port })
      .catch((error: Error) => {
        throw new UsageError(error.message);
      });
    const print = (line: string): void => void process.stdout.write(`${line}\n`);
    for (const [name, url] of server.urls) print(`${name} ${url}`);
    for (const [name, { host, port }] of server.dns) print(`${name} dns ${host}:${port}`);
    print(
      `kubeconfigs ${server.hostKubeconfig} (contexts karmada-apiserver, karmada-host) and ${server.membersKubeconfig} (a context per member)`,
    );
    for (const { name, reason } of await world.untilReady("10s")) print(`${name} is not ready: ${reason}`);
    print(`ready in ${Math.round(performance.now())} ms`);
    await stopped;
  } finally {
    await world.stop();
  }
  return 0;
}

/** Resolves on SIGINT or SIGTERM; a second signal ends the process at once, as is the default. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

function asUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && error.name === "Error") throw new UsageError(error.message);
    throw error;
  }
}
