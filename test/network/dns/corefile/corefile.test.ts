import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../../src/network/dns/corefile/config-error.ts";
import { parseCorefile } from "../../../../src/network/dns/corefile/corefile.ts";

const KNOWN = new Set(["cache", "errors", "forward", "health", "hosts", "log", "whoami"]);

function parse(text: string, files: Readonly<Record<string, string>> = {}): unknown {
  try {
    return parseCorefile(text, {
      path: "Corefile",
      known: KNOWN,
      readFile: (path) => files[path],
      variable: (name) => (name === "PORT" ? "1053" : undefined),
    }).map(({ keys, directives }) => [
      keys.join(" "),
      ...directives.map(({ name, args, body }) =>
        [
          name,
          ...args,
          ...(body.length === 0 ? [] : [`{${body.map(({ words }) => words.join(" ")).join("; ")}}`]),
        ].join(" "),
      ),
    ]);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

describe("parseCorefile", () => {
  const rows: readonly (readonly [what: string, text: string, parsed: unknown])[] = [
    ["a block", ".:53 {\n errors\n cache 30\n}\n", [[".:53", "errors", "cache 30"]]],
    ["a directive's own block", ".{\nhealth{\n}\n}", "Corefile:2 - Error during parsing: Unknown directive 'health{'"],
    ["lines in braces", ". {\n health {\n  lameduck 5s\n }\n}", [[".", "health {lameduck 5s}"]]],
    [
      "several blocks",
      "a.org {\n log\n}\nb.org, c.org {\n log\n}",
      [
        ["a.org", "log"],
        ["b.org c.org", "log"],
      ],
    ],
    ["a Corefile without braces", "example.org\nwhoami\nlog", [["example.org", "whoami", "log"]]],
    ["comments", "# top\n. { # here\n log # there\n}", [[".", "log"]]],
    ["quoted words", '. {\n log "a b" c\n}', [[".", "log a b c"]]],
    ["snippets", "(common) {\n log\n errors\n}\n. {\n import common\n cache\n}", [[".", "log", "errors", "cache"]]],
    ["variables", ".:{$PORT} {\n log {%PORT%}\n}", [[".:1053", "log 1053"]]],
    ["a brace on the line of an option", ". {\n health { lameduck 5s }\n}", [[".", "health {lameduck 5s }}"]]],
    [
      "an unknown directive",
      ". {\n log\n multicluster clusterset.local\n}",
      "Corefile:3 - Error during parsing: Unknown directive 'multicluster'",
    ],
    ["no end", ". {\n log\n", "Corefile:2 - Error during parsing: Unexpected EOF"],
    [
      "an end too many",
      ". {\n log }\n}",
      "Corefile:2 - Error during parsing: Unexpected '}' because no matching opening brace",
    ],
    [
      "a comma before a brace",
      "a.org, {\n log\n}",
      "Corefile:1 - Error during parsing: Expected another address but had '{' - check for extra comma",
    ],
    [
      "an import of nothing",
      ". {\n import nothing\n}",
      "Corefile:2 - Error during parsing: File to import not found: nothing",
    ],
    [
      "an import without a name",
      ". {\n import\n}",
      "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'import'",
    ],
    [
      "a snippet twice",
      "(a) {\n log\n}\n(a) {\n log\n}",
      "Corefile:4 - Error during parsing: redeclaration of previously declared snippet a",
    ],
  ];
  it.each(rows)("reads %s", (_, text, parsed) => expect(parse(text)).toEqual(parsed));

  it("imports files, whose errors name them", () => {
    expect(parse(". {\n import more.conf\n}", { "more.conf": "log\ncache 5\n" })).toEqual([[".", "log", "cache 5"]]);
    expect(parse(". {\n import more.conf\n}", { "more.conf": "log\nbogus\n" })).toBe(
      "more.conf:2 - Error during parsing: Unknown directive 'bogus'",
    );
  });

  it("ends for snippets that import themselves", () => {
    expect(parse("(a) {\n import a\n}\n. {\n import a\n}")).toContain("maximum snippet import depth");
  });

  it("reads any text to an end", () => {
    const word = fc.constantFrom(
      "{",
      "}",
      "\n",
      ".",
      "log",
      "cache",
      "30",
      "import",
      "(a)",
      '"',
      "#",
      ",",
      "{$PORT}",
      " ",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        parse(words.join(" "));
      }),
    );
  });
});
