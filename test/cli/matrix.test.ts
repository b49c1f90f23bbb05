import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changing } from "./matrix/changing.ts";
import { creating } from "./matrix/creating.ts";
import { daily } from "./matrix/daily.ts";
import { extending } from "./matrix/extending.ts";
import { reading } from "./matrix/reading.ts";
import { type Row, verdict, words } from "./matrix/row.ts";
import { deleting, nodes, running } from "./matrix/running.ts";
import { has, type ServedFleet, serve } from "./served-fleet.ts";

/** Where Google's packages put their kubectls, one per minor version. */
const FOLDER = "/usr/lib/google-cloud-sdk/bin";
const MINORS = [27, 28, 29, 30, 31, 32, 33];
const ROWS: readonly Row[] = [
  ...creating,
  ...reading,
  ...changing,
  ...daily,
  ...running,
  ...extending,
  ...nodes,
  ...deleting,
];
/** Kubectls that run at once: a kubectl spends most of its time starting. */
const AT_ONCE = 3;

const KUSTOMIZATION = "namespace: $NS\nnamePrefix: pre-\nconfigMapGenerator: [{name: generated, literals: [x=y]}]\n";

type Binary = { readonly program: string; readonly minor: number };

const binaries: readonly Binary[] = MINORS.map((minor) => ({
  program: join(FOLDER, `kubectl.1.${minor}`),
  minor,
})).filter(({ program }) => {
  const found = existsSync(program);
  if (!found) process.stderr.write(`skipped: ${program} is not on this machine\n`);
  return found;
});
const fallback: readonly Binary[] = has("kubectl") ? [{ program: "kubectl", minor: 99 }] : [];
const all = binaries.length === 0 ? fallback : binaries;
/** The newest runs all rows, in a member of its own, whose node it may take out of service. */
const newest = all.at(-1);

type Plan = Binary & { readonly member: string; readonly rows: readonly Row[]; readonly namespace: string };

const plans: readonly Plan[] = all.map((binary) => ({
  ...binary,
  member: binary === newest ? "member2" : "member1",
  namespace: `with-${binary.minor}`,
  rows: ROWS.filter(({ everywhere, since = 0 }) => (binary === newest || everywhere) && binary.minor >= since),
}));

describe.skipIf(all.length === 0)("stock kubectls, command by command", () => {
  const verdicts = new Map<string, readonly (string | undefined)[]>();
  let fleet: ServedFleet;

  beforeAll(async () => {
    fleet = await serve("--members", "2");
    const queue = [...plans].reverse();
    const worker = async (): Promise<void> => {
      for (let plan = queue.shift(); plan !== undefined; plan = queue.shift())
        verdicts.set(plan.program, await play(fleet, plan));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }, 240_000);
  afterAll(async () => {
    await fleet.stop();
  });

  describe.each(plans)("kubectl 1.$minor", ({ program, rows }) => {
    it.each(rows.map((row, index) => ({ row, index })))("$row.command", ({ row, index }) => {
      expect(
        verdicts.get(program)?.[index],
        `${row.command} expected ${String(row.out)} ${String(row.err ?? "")}`,
      ).toBe(undefined);
    });
  });
});

/** Runs the rows of one kubectl, one after the other. */
async function play(fleet: ServedFleet, plan: Plan): Promise<readonly (string | undefined)[]> {
  const { program, member, namespace, rows } = plan;
  const folder = join(fleet.folder, namespace);
  mkdirSync(folder);
  writeFileSync(join(folder, "sent"), "sent\n");
  writeFileSync(join(folder, "kustomization.yaml"), KUSTOMIZATION.replaceAll("$NS", namespace));
  const names = (text: string): string =>
    text.replaceAll("$NS", namespace).replaceAll("$DIR", folder).replaceAll("$NODE", `${member}-control-plane`);
  const found: (string | undefined)[] = [];
  for (const row of rows) {
    const ran = await fleet.kubectl(["--context", member, "-n", namespace, ...words(names(row.command))], {
      config: "members",
      program,
      env: { ...row.env, KUBECACHEDIR: join(folder, "cache") },
      ...(row.input === undefined ? {} : { input: names(row.input) }),
    });
    found.push(verdict(row, ran, names));
  }
  return found;
}
