import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tryServer } from "../test-server.ts";

/** Directives (` | ` is the end of a line) and what CoreDNS 1.14.7 says of a Corefile with nothing else in its block. */
const ROWS = readFileSync(new URL("config-errors.txt", import.meta.url), "utf8")
  .trimEnd()
  .split("\n");

describe("what CoreDNS says of a Corefile", () => {
  const rows = Array.from({ length: ROWS.length / 2 }, (_, index) => ROWS.slice(index * 2, index * 2 + 2));

  it.each(rows)("S4-46 S4-79 %s", (directives = "", said = "") => {
    const made = tryServer(`.:53 {\n${directives.replaceAll(" | ", "\n")}\n}\n`, { version: "1.14.7" });
    expect(typeof made === "string" ? made : "OK").toBe(said.trim());
  });
});
