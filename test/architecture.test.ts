import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SOURCE = resolve(import.meta.dirname, "../src");
const TESTS = resolve(import.meta.dirname);

/** What each room may import: itself always, else the doors of the rooms named here. */
const GROUND = ["std", "apimachinery", "api", "algorithms"];
const LOWER = [...GROUND, "sim", "store", "apiserver", "client", "controller"];
const STAIRS: Readonly<Record<string, readonly string[]>> = {
  std: [],
  apimachinery: ["std"],
  api: ["std", "apimachinery"],
  algorithms: ["std", "apimachinery", "api"],
  sim: ["std"],
  store: [...GROUND, "sim"],
  apiserver: [...GROUND, "sim", "store"],
  client: [...GROUND, "sim", "apiserver"],
  controller: [...GROUND, "sim", "apiserver", "client"],
  kube: LOWER,
  federation: LOWER,
  network: [...LOWER, "kube"],
  serving: [...LOWER, "kube", "network"],
  remote: LOWER,
  scenario: [...LOWER, "kube", "federation", "network", "serving", "remote"],
  cli: [...LOWER, "kube", "federation", "network", "serving", "remote", "scenario"],
};
const ROOF = new Set(["serving", "remote", "scenario", "cli"]);

/** Words that belong on the roof only, and what stands for them below. */
const BELOW_THE_ROOF: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b|\bnew Date\(\)/, "loop.nowMs() or snapshot.nowMs"],
  [/\bset(?:Timeout|Interval|Immediate)\(|\bqueueMicrotask\(/, "loop.after or loop.soon"],
  [/\bMath\.random\b/, "loop.random.stream(name)"],
  [/\bconsole\./, "a trace line or a returned value"],
  [/\bprocess\.env\b/, "an option"],
  [/\basync\s|\bawait\s|\bnew Promise\b|\bPromise</, "a callback that re-enters the loop"],
];
const EVERYWHERE: readonly (readonly [RegExp, string])[] = [
  [/\bexport default\b/, "a named export"],
  [/\bexport \*/, "explicit re-exports"],
  [/^\s*(?:export )?(?:const )?enum\s/m, "a union of string literals"],
  [/:\s*any\b|\bas any\b|<any>/, "unknown, or the type"],
  [/\bas unknown as\b/, "a type that says what is known"],
  [/\b(?:TODO|FIXME|HACK)\b/, "the work itself"],
];
const LINES_MAX = 400;
const FUNCTION_LINES_MAX = 60;

type SourceFile = {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
};

function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}

function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/(^|\s)\/\/.*$/gm, "$1");
}

const files: readonly SourceFile[] = walk(SOURCE)
  .filter((path) => path.endsWith(".ts"))
  .map((path) => {
    const text = readFileSync(path, "utf8");
    const imports = [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map((match) =>
      resolve(dirname(path), match[1] as string),
    );
    return { path, room: relative(SOURCE, path).split("/")[0] as string, text, imports };
  });

const name = (path: string): string => relative(SOURCE, path);
const rooms = Object.keys(STAIRS);

describe("the house", () => {
  it("climbs no stairs: a room imports only rooms below it", () => {
    const climbing = files.flatMap((file) =>
      file.imports
        .map((target) => ({ target, room: relative(SOURCE, target).split("/")[0] as string }))
        .filter(({ room }) => rooms.includes(file.room) && room !== file.room && !STAIRS[file.room]?.includes(room))
        .map(({ target }) => `${name(file.path)} imports ${name(target)}`),
    );
    expect(climbing).toEqual([]);
  });

  it("enters other rooms by their doors", () => {
    const doors = new Set(files.filter((file) => file.path.endsWith("/index.ts")).map((file) => file.path));
    const windows = files.flatMap((file) =>
      file.imports
        .filter((target) => relative(SOURCE, target).split("/")[0] !== file.room && !doors.has(target))
        .map((target) => `${name(file.path)} imports ${name(target)}`),
    );
    expect(windows).toEqual([]);
  });

  it("has no import cycle", () => {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const state = new Map<string, "open" | "done">();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === "done") return;
      if (state.get(path) === "open") {
        cycles.push([...trail.slice(trail.indexOf(path)), path].map(name).join(" -> "));
        return;
      }
      state.set(path, "open");
      for (const target of valueImports(byPath.get(path))) visit(target, [...trail, path]);
      state.set(path, "done");
    };
    for (const file of files) visit(file.path, []);
    expect(cycles).toEqual([]);
  });

  it("leaves no file that nobody imports", () => {
    const imported = new Set(files.flatMap((file) => file.imports));
    const entries = new Set(["index.ts", "cli/main.ts", "cli/pack.ts"]);
    const orphans = files
      .filter((file) => !imported.has(file.path) && !entries.has(name(file.path)))
      .map((file) => name(file.path));
    expect(orphans).toEqual([]);
  });

  it("knows no wall time, chance, console or promise below the roof", () => {
    const found = files
      .filter((file) => rooms.includes(file.room) && !ROOF.has(file.room))
      .flatMap((file) => banned(file, BELOW_THE_ROOF));
    expect(found).toEqual([]);
  });

  it("keeps to the plain dialect everywhere", () => {
    expect(files.flatMap((file) => banned(file, EVERYWHERE))).toEqual([]);
  });

  it("keeps files and functions short", () => {
    const long = files.flatMap((file) => {
      const lines = file.text.split("\n").length - 1;
      const functions = longFunctions(file.text).map(
        (line) => `${name(file.path)}:${line} holds a function of over ${FUNCTION_LINES_MAX} lines`,
      );
      return lines > LINES_MAX ? [`${name(file.path)} has ${lines} lines`, ...functions] : functions;
    });
    expect(long).toEqual([]);
  });

  it("names no room or file after nothing in particular", () => {
    const vague = files
      .map((file) => name(file.path))
      .filter((path) => /(?:^|[/-])(?:utils?|helpers?|common|misc)(?:[/.-]|$)/.test(path));
    expect(vague).toEqual([]);
  });

  it("has a README in every room", () => {
    const missing = rooms.filter((room) => !walk(join(SOURCE, room)).includes(join(SOURCE, room, "README.md")));
    expect(missing).toEqual([]);
    const long = rooms.filter((room) => readFileSync(join(SOURCE, room, "README.md"), "utf8").split("\n").length > 81);
    expect(long).toEqual([]);
  });

  it("mirrors every room in test/", () => {
    expect(rooms.filter((room) => !statSync(join(TESTS, room), { throwIfNoEntry: false })?.isDirectory())).toEqual([]);
  });
});

/** Imports that exist at run time; type-only ones cannot form a cycle that matters. */
function valueImports(file: SourceFile | undefined): readonly string[] {
  if (file === undefined) return [];
  return [...file.text.matchAll(/^(?:import|export) (?!type\b)[^;]*?from "(\.[^"]+)"/gm)].map((match) =>
    resolve(dirname(file.path), match[1] as string),
  );
}

function banned(file: SourceFile, words: readonly (readonly [RegExp, string])[]): string[] {
  const text = withoutComments(file.text);
  return words.flatMap(([pattern, instead]) => {
    const match = pattern.exec(text);
    if (match === null) return [];
    const line = text.slice(0, match.index).split("\n").length;
    return [`${name(file.path)}:${line} says "${match[0].trim()}"; use ${instead}`];
  });
}

/** First lines of functions longer than allowed: a header ending in `{` whose closing brace stands at the same indent too far below. */
function longFunctions(text: string): number[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    if (
      !/^(\s*)(?:export )?(?:static )?(?:async )?(?:function\b|(?:const|let) \w+ = (?:\([^=]*\)|\w+)[^=]*=> \{|#?\w+\([^;]*\)(?:: [^{]+)? \{)/.test(
        line,
      ) ||
      !line.endsWith("{")
    )
      return [];
    if (/^\s*(?:if|for|while|switch|else|return|describe|it|do)\b/.test(line)) return [];
    const indent = /^\s*/.exec(line)?.[0] ?? "";
    const end = lines.findIndex((other, at) => at > index && other.startsWith(`${indent}}`));
    return end - index > FUNCTION_LINES_MAX ? [index + 1] : [];
  });
}
