import type { PlayEvent, PlayResult, Scenario } from "../../scenario/index.ts";

/** Tells a scenario as it plays: steps with progress, what each operation shows, failures with their diff, a summary. */
export interface StoryTeller {
  begin(scenario: Scenario): void;
  observe(event: PlayEvent): void;
  end(result: PlayResult, replay: { readonly seed: number; readonly file: string }): void;
}

type Ink = (text: string) => string;

export function storyTeller(options: {
  readonly write: (text: string) => void;
  readonly quiet: boolean;
  readonly colors: boolean;
}): StoryTeller {
  const ink =
    (code: string): Ink =>
    (text) =>
      options.colors ? `\u001b[${code}m${text}\u001b[0m` : text;
  const [bold, green, red, dim] = [ink("1"), ink("32"), ink("31"), ink("2")];
  const line = (text: string): void => options.write(`${text}\n`);
  return {
    begin: (scenario) => {
      if (options.quiet) return;
      const members = scenario.fleet.members.map((member) => member.name).join(", ");
      line(`${bold(scenario.name)}${scenario.description === undefined ? "" : `: ${scenario.description}`}`);
      line(dim(`host and ${scenario.fleet.members.length} members (${members}), ${scenario.steps.length} steps`));
    },
    observe: (event) => {
      if (event.type === "step") {
        if (!options.quiet) line(`\n${bold(`[${event.index}/${event.of}] ${event.step.name}`)}`);
        return;
      }
      if (event.failure !== undefined) {
        const { file, line: row, column } = event.operation.position;
        line(`  ${red("✗")} ${headline(event)}: ${event.failure.message}`);
        line(dim(`    at ${file}:${row}:${column}`));
        for (const text of event.failure.diff.split("\n").filter((part) => part !== "")) line(`    ${text}`);
      } else if (!options.quiet) {
        line(`  ${green("✓")} ${headline(event)}`);
        for (const text of event.shown) line(`      ${text}`.trimEnd());
      }
    },
    end: (result, replay) => {
      const failed = result.steps.filter((step) => step.failures.length > 0).length;
      const verdict = result.ok ? green("passed") : red(`failed in ${failed === 1 ? "1 step" : `${failed} steps`}`);
      line(`\n${bold(result.name)} ${verdict}: ${result.steps.length} steps, ${result.operations} operations`);
      line(
        `wall time ${seconds(result.wallMs)}, virtual time ${seconds(result.virtualMs)}, seed ${replay.seed}, trace ${result.traceHash}`,
      );
      if (!result.ok) line(`replay: atoll run ${replay.file} --seed ${replay.seed}`);
    },
  };
}

function headline(event: Extract<PlayEvent, { type: "operation" }>): string {
  const { name, cluster, description, args } = event.operation;
  const what = [args.file, args.resource, args.name, args.url, args.command, args.duration].find(
    (value) => typeof value === "string",
  );
  return `${description ?? [name, what].filter((part) => part !== undefined).join(" ")} (${cluster})`;
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(2)} s`;
}
