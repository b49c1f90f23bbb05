import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MemberHandle, World, type WorldOptions } from "atoll-k8s";
import type { Kind, KubeObject, ObjectOf } from "../../src/apimachinery/index.ts";
import { type Ran, run } from "../cli/served-fleet.ts";

const KUBECTL = "kubectl";

/** A world whose time the test moves, with stock kubectl pointed at its first member. */
export interface ServedWorld {
  readonly world: World;
  readonly member: MemberHandle;
  readonly folder: string;
  /** kubectl on the member; the words of one string, or the arguments as they are. */
  kubectl(command: string | readonly string[], input?: string): Promise<Ran>;
  /** kubectl on the host. */
  host(command: string | readonly string[], input?: string): Promise<Ran>;
  /** What kubectl prints; rejects when it fails. */
  print(command: string | readonly string[], input?: string): Promise<string>;
  /** A kubectl that goes on (`rollout status`, `get -w`). */
  start(command: string): Running;
  /** A program of this machine in the folder of the kubeconfigs, which it finds in $KUBECONFIG. */
  shell(script: string): Promise<Ran>;
  stop(): Promise<void>;
}

/** A command at work. */
export interface Running {
  /** All it printed, once that matches. */
  printed(pattern: RegExp): Promise<string>;
  /** All it printed until it ended by itself. */
  readonly ended: Promise<string>;
  /** Ends it; all the lines it printed, for it may be in the middle of one. */
  stop(): Promise<string>;
}

function running(argv: readonly string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(KUBECTL, argv, { env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let look = (): void => {};
  const take = (chunk: Buffer): void => {
    text += chunk.toString();
    look();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const ended = new Promise<string>((done) => child.once("close", () => done(text)));
  return {
    printed: (pattern) =>
      new Promise((done, fail) => {
        look = () => {
          if (pattern.test(text)) done(text);
        };
        child.once("close", () => fail(new Error(`kubectl ${argv.join(" ")} ended before ${pattern}: ${text}`)));
        look();
      }),
    ended,
    stop: () => {
      child.kill();
      return ended.then((printed) => printed.slice(0, printed.lastIndexOf("\n") + 1));
    },
  };
}

/** Boots a fleet, lets it come to rest, and serves it. */
export async function servedWorld(options: WorldOptions): Promise<ServedWorld> {
  const folder = mkdtempSync(join(tmpdir(), "atoll-seed-"));
  const world = await World.create(options);
  await world.settle();
  const { hostKubeconfig, membersKubeconfig } = await world.serve({ kubeconfigDir: folder });
  const [first = ""] = world.simulatedMembers();
  const env = { ...process.env, KUBECACHEDIR: join(folder, "cache"), HOME: folder, KUBECONFIG: membersKubeconfig };
  const asked = (config: string) => (command: string | readonly string[], input?: string) =>
    run("kubectl", ["--kubeconfig", config, ...(typeof command === "string" ? command.split(" ") : command)], {
      env,
      cwd: folder,
      ...(input === undefined ? {} : { input }),
    });
  const kubectl = asked(membersKubeconfig);
  return {
    world,
    member: world.member(first),
    folder,
    kubectl,
    host: asked(hostKubeconfig),
    print: async (command, input) => {
      const { code, stdout, stderr } = await kubectl(command, input);
      if (code !== 0) throw new Error(`kubectl ${command} ended with ${code}: ${stderr}`);
      return stdout;
    },
    start: (command) => running(["--kubeconfig", membersKubeconfig, ...command.split(" ")], env),
    shell: (script) => run("sh", ["-c", script], { env, cwd: folder }),
    stop: async () => {
      await world.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A printed table as rows of cells; cells are apart by two spaces or more, the header first. */
export function table(text: string): readonly (readonly string[])[] {
  const lines = text.trimEnd().split("\n");
  return lines.map((line) => line.trim().split(/\s{2,}/));
}

/** Rows of a table by the name in their first column, without the header. */
export function rowsOf(text: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    table(text)
      .slice(1)
      .map((row) => [row[0] ?? "", row]),
  );
}

/** Every state of the member's objects of a kind in `default`, from now until `stop`. */
export function follow<K extends Kind<KubeObject>>(
  { member }: ServedWorld,
  kind: K,
): { readonly seen: readonly { readonly type: string; readonly object: ObjectOf<K> }[]; stop(): void } {
  const seen: { type: string; object: ObjectOf<K> }[] = [];
  const watch = member.client.watch(
    { verb: "watch", kind, namespace: "default" },
    {
      onEvent: (event) => {
        if (event.type !== "ERROR") seen.push({ type: event.type, object: event.object as KubeObject as ObjectOf<K> });
      },
      onEnd: () => {},
    },
  );
  return { seen, stop: () => watch.stop() };
}
