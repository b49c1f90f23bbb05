import type { Ran } from "../served-fleet.ts";

/** What a row expects: the text as kubectl prints it to a real cluster, or a pattern in it. Blanks count once, ages (and thousandths of cores, which look the same) are `<age>`, random names `<id>`. */
export type Expected = string | RegExp;

/** One command of the table, and what a stock kubectl makes of the answers. */
export type Row = {
  /** As typed, without the namespace; `$NS` is the namespace, `$DIR` a folder of the run. */
  readonly command: string;
  readonly out: Expected;
  readonly err?: Expected;
  /** 0 when absent. */
  readonly code?: number;
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Run with every kubectl there is, and not with one alone. */
  readonly everywhere: boolean;
  /** The first kubectl that prints it so (minor version). */
  readonly since?: number;
};

type Details = Omit<Row, "command" | "out" | "everywhere">;

/** A row for one kubectl. */
export function once(command: string, out: Expected, details: Details = {}): Row {
  return { command, out, everywhere: false, ...details };
}

/** A row for every kubectl. */
export function everywhere(command: string, out: Expected, details: Details = {}): Row {
  return { command, out, everywhere: true, ...details };
}

/** A failure: nothing on stdout, the text on stderr. */
export function refused(command: string, err: Expected, details: Details = {}): Row {
  return { command, out: "", err, code: 1, everywhere: false, ...details };
}

/** Words of a command; single quotes keep blanks. */
export function words(command: string): readonly string[] {
  return [...command.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ""));
}

/** What differs from run to run is taken out, so that the rest can be compared. */
function normalised(text: string): string {
  return text
    .replaceAll(/[^\S\n]+/g, " ")
    .replaceAll(/ $/gm, "")
    .replaceAll(/(?<=^| )(?:\d+[ydhms])+(?= |$)/gm, "<age>")
    .replaceAll(/(?<=[a-z])(?:-[bcdf-hj-np-tv-z2-9]{8,10})?-[bcdf-hj-np-tv-z2-9]{5}(?=\W|$)/gm, "-<id>")
    .replaceAll(/(?<=[a-z])-(?=[a-z0-9]*\d)[bcdf-hj-np-tv-z2-9]{8,10}(?=\W|$)/gm, "-<hash>")
    .replaceAll(/\b(?:10|172|198)\.\d+\.\d+\.\d+\b/g, "<ip>")
    .trim();
}

/** What is wrong with what came of a row; `undefined` when nothing is. */
export function verdict(row: Row, ran: Ran, names: (text: string) => string): string | undefined {
  const isFit = (expected: Expected, text: string): boolean =>
    typeof expected === "string" ? text === normalised(names(expected)) : expected.test(text);
  const out = normalised(ran.stdout);
  const err = normalised(ran.stderr);
  const fits = isFit(row.out, out) && (row.err === undefined || isFit(row.err, err)) && ran.code === (row.code ?? 0);
  return fits ? undefined : `exit code ${ran.code}\n${out}\n${err}`;
}
