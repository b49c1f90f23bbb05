import { join } from "node:path";
import { remoteClient } from "../../remote/index.ts";
import { wallClock } from "../../serving/index.ts";
import { driveByWallClock, Loop, Random, Trace } from "../../sim/index.ts";
import { UsageError } from "../usage-error.ts";

export type AskOptions = {
  readonly cluster: string;
  readonly kubeconfigDir: string;
  readonly pod?: string;
  readonly namespace?: string;
  readonly node?: string;
};

/** Asks a running fleet a question about a member's network, through the member's own API, and prints the answer. */
export async function ask(
  question: "dig" | "explain" | "proxy",
  parameters: Readonly<Record<string, string>>,
  options: AskOptions,
): Promise<number> {
  const { cluster, kubeconfigDir, pod, namespace, node } = options;
  const given = Object.entries({ ...parameters, pod, namespace, node }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const path = `/apis/atoll.dev/v1alpha1/${question}?${new URLSearchParams(given.map(([name, value]) => [name, value]))}`;
  const loop = new Loop({ startMs: Date.now(), random: new Random(1), trace: new Trace() });
  const stop = driveByWallClock(loop, wallClock, 1);
  try {
    const kubeconfig = { path: join(kubeconfigDir, "members.config") };
    const client = await remoteClient({ cluster, kubeconfig, context: cluster, loop }).catch((error: Error) => {
      throw new UsageError(`${error.message}; is a fleet up? (atoll up writes ${kubeconfig.path})`);
    });
    const answer = await new Promise<Parameters<Parameters<typeof client.raw>[1]>[0]>((done) => client.raw(path, done));
    client.close();
    if (!answer.ok) throw new UsageError(answer.status.message ?? "no answer");
    process.stdout.write(typeof answer.body === "string" ? answer.body : `${JSON.stringify(answer.body)}\n`);
    return 0;
  } finally {
    stop();
  }
}
