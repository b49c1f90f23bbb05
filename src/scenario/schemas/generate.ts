import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import {
  BASIC_COMPONENTS,
  type ComponentSchema,
  ComponentWriter,
  type Descriptions,
  descriptionsOf,
} from "./components.ts";
import { readGoFields } from "./go-fields.ts";
import { readGoScalars } from "./go-scalars.ts";
import { readApiGroups, readModels } from "./models.ts";
import { assignNamespaces, META_FILE } from "./naming.ts";
import { readOverlay } from "./overlay.ts";

/** Raise it when what is generated changes, so that files of an older make are made anew. */
export const GENERATION = 8;

/** What the index file tells: who made the files, and which file holds the components of which prefix. */
export type SchemaIndex = {
  readonly generation: number;
  readonly prefixes: Readonly<Record<string, string>>;
};

/**
 * Derives the schemas of all built-in kinds from the models of @kubernetes/client-node and writes them to `outDir`: an index, and
 * for each group version its components and, apart, their descriptions. The folder appears whole or not at all.
 */
export function generateSchemas(outDir: string): void {
  const target = resolve(outDir);
  mkdirSync(dirname(target), { recursive: true });
  const staging = mkdtempSync(`${target}-`);
  chmodSync(staging, 0o755);
  for (const [file, content] of Object.entries(schemaFiles()))
    writeFileSync(join(staging, file), JSON.stringify(content));
  rmSync(target, { recursive: true, force: true });
  try {
    renameSync(staging, target);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    // Another process was faster; its files are as good.
    if (!existsSync(join(target, "index.json"))) throw error;
  }
}

/** The content of every file, by name. */
export function schemaFiles(): Readonly<Record<string, unknown>> {
  const folder = join(dirname(createRequire(import.meta.url).resolve("@kubernetes/client-node")), "gen");
  const models = readModels(join(folder, "models"));
  const namespaces = assignNamespaces(models, readApiGroups(join(folder, "apis")));
  const writer = new ComponentWriter(namespaces, {
    overlay: readOverlay(),
    goFields: readGoFields(),
    goScalars: readGoScalars(),
  });
  const files: Record<string, unknown> = {};
  const prefixes: Record<string, string> = {};
  for (const component of Object.keys(BASIC_COMPONENTS)) prefixes[prefixOf(component)] = META_FILE;
  for (const namespace of namespaces) {
    const schemas: Record<string, ComponentSchema> = namespace.file === META_FILE ? { ...BASIC_COMPONENTS } : {};
    const descriptions: Record<string, Descriptions> = {};
    for (const className of namespace.classNames) {
      const model = models.get(className);
      if (model === undefined) continue;
      const name = writer.nameOf(className);
      schemas[name] = writer.schemaOf(model, namespace);
      descriptions[name] = descriptionsOf(model);
    }
    prefixes[namespace.prefix] = namespace.file;
    files[`${namespace.file}.json`] = schemas;
    files[`${namespace.file}.descriptions.json`] = descriptions;
  }
  files["index.json"] = { generation: GENERATION, prefixes } satisfies SchemaIndex;
  return files;
}

/** What stands before the type in a component's name. */
export function prefixOf(component: string): string {
  return component.slice(0, component.lastIndexOf("."));
}
