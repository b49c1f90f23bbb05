import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readFleetFile, readScenarioFile } from "../src/scenario/index.ts";
import { atoll } from "./cli/served-fleet.ts";

const ROOT = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "atoll-readme-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rooms = readdirSync(join(ROOT, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
const pages = ["README.md", "CONTRIBUTING.md", ...rooms.map((room) => `src/${room.name}/README.md`)];
const text = (page: string): string => readFileSync(join(ROOT, page), "utf8");

function blocks(language: string): { readonly page: string; readonly code: string }[] {
  return pages.flatMap((page) =>
    [...text(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) => ({
      page,
      code: match[1] as string,
    })),
  );
}

describe("what the READMEs show", () => {
  const files = blocks("yaml").filter(({ code }) => code.includes("apiVersion: atoll.dev/"));

  it("has a fleet and a scenario by example", () => {
    const kinds = files
      .filter(({ page }) => page === "README.md")
      .map(({ code }) => (parse(code) as { readonly kind: string }).kind);
    expect(kinds).toEqual(["Fleet", "Scenario"]);
  });

  it.each(files.map(({ page, code }) => [page, code] as const))(
    "%s: a file that is read without complaint",
    (_page, code) => {
      const file = join(folder, "example.yaml");
      writeFileSync(join(folder, "manifests.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
      writeFileSync(file, code);
      const read = (parse(code) as { readonly kind: string }).kind === "Fleet" ? readFleetFile : readScenarioFile;
      expect(() => read(file)).not.toThrow();
    },
  );

  it("names only commands, scripts and files that exist", async () => {
    const help = (await atoll("--help")).stdout;
    const { scripts } = JSON.parse(text("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
    for (const page of pages) {
      for (const [, command] of text(page).matchAll(/(?:npx |`)atoll ([a-z-]+)/g))
        expect(help, `${page}: atoll ${command}`).toMatch(new RegExp(`^  ${command} `, "m"));
      for (const [, script] of text(page).matchAll(/npm run ([a-z]+)/g))
        expect(scripts, page).toHaveProperty(script as string);
      for (const [, path] of text(page).matchAll(/\b((?:samples|crds|test|src)\/[\w./-]+\.(?:yaml|ts|md))/g))
        expect(existsSync(join(ROOT, path as string)), `${page}: ${path}`).toBe(true);
    }
  });

  it("speaks of every room in the floor plan", () => {
    for (const room of rooms) expect(text("README.md")).toContain(`\`${room.name}\``);
  });
});
