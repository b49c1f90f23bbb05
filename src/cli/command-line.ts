import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError } from "commander";

/** Runs `atoll` with the given arguments; the exit code: 0, 1 for a failed expectation or a mistake of the user's. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const outcome = { code: 0 };
  const program = new Command("atoll")
    .description("Kubernetes federation in one process: Karmada's API over simulated or real clusters")
    .version(version())
    .exitOverride()
    .showHelpAfterError("(run atoll --help for what there is)");
  addUp(program, outcome);
  addRun(program, outcome);
  addBench(program, outcome);
  addQuestions(program, outcome);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return outcome.code;
  } catch (error) {
    return explain(error);
  }
}

function addUp(program: Command, outcome: { code: number }): void {
  program
    .command("up")
    .description("serve a fleet over HTTPS on loopback, in wall-clock time, until Ctrl-C")
    .option("--members <n>", "how many simulated members", wholeNumber)
    .option("-f, --file <fleet.yaml>", "a Fleet file")
    .option("--kubeconfig-dir <dir>", "where karmada.config and members.config are written", ".atoll")
    .option("--speed <x>", "virtual seconds per wall second", positiveNumber)
    .option("--seed <n>", "the seed of all chance", wholeNumber)
    .option("--port <n>", "the host's port; members take the ports after it (0: free ports)", wholeNumber, 0)
    .action(async (options) => {
      const { up } = await import("./commands/up.ts");
      outcome.code = await up(options);
    });
}

function addRun(program: Command, outcome: { code: number }): void {
  program
    .command("run")
    .description("play scenario files in virtual time")
    .argument("<scenario.yaml...>", "files of kind Scenario")
    .option("--seed <n>", "the seed of all chance, instead of the fleet's", wholeNumber)
    .option("--junit <file>", "write a JUnit report")
    .option("--trace", "print every state change as it happens")
    .option("-q, --quiet", "print failures and the summary only")
    .action(async (files: readonly string[], options) => {
      const { run } = await import("./commands/run.ts");
      outcome.code = await run(files, options);
    });
}

function addBench(program: Command, outcome: { code: number }): void {
  program
    .command("bench")
    .description("measure, and print one table")
    .argument("[names...]", "only the measures whose name contains one of these")
    .option("--json", "print JSON instead")
    .option("--quick", "smaller worlds")
    .action(async (names: readonly string[], options) => {
      const { bench } = await import("./commands/bench.ts");
      outcome.code = await bench(names, options);
    });
}

/** Questions to a running fleet; each is answered by the member's own API. */
function addQuestions(program: Command, outcome: { code: number }): void {
  const question = (command: Command, name: "dig" | "explain" | "proxy", parameter: string | undefined): void => {
    command
      .requiredOption("--cluster <name>", "the member to ask")
      .option("--kubeconfig-dir <dir>", "where atoll up wrote its kubeconfigs", ".atoll")
      .action(async (...given: readonly unknown[]) => {
        const { ask } = await import("./commands/ask.ts");
        const parameters = parameter === undefined ? {} : { [parameter]: String(given[0]) };
        outcome.code = await ask(name, parameters, command.opts());
      });
  };
  const fromPod = (command: Command): Command =>
    command
      .option("--pod <name>", "the pod that asks; a node of the member when absent")
      .option("--namespace <name>", "the pod's namespace", "default");
  question(
    fromPod(program.command("dig").description("show how a pod's resolver walks to an answer").argument("<name>")),
    "dig",
    "name",
  );
  const explaining = program.command("explain").description("show what happens to something, rule by rule");
  question(
    fromPod(explaining.command("request").description("each rule an HTTP request meets").argument("<url>")),
    "explain",
    "url",
  );
  const proxy = program.command("proxy").description("look at a member's kube-proxy");
  question(
    proxy
      .command("rules")
      .description("what it programs, as the node's own tools print it")
      .option("--node <name>", "the node"),
    "proxy",
    undefined,
  );
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  if (
    error instanceof Error &&
    (error.name === "UsageError" || error.name === "SourceError" || error.name === "StatusError")
  ) {
    process.stderr.write(`atoll: ${error.message}\n`);
    return 1;
  }
  process.stderr.write(`atoll: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("expected a whole number.");
  return Number(text);
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number above 0.");
  return value;
}

function version(): string {
  const manifest = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../package.json"), "utf8")) as {
    readonly version: string;
  };
  return manifest.version;
}
