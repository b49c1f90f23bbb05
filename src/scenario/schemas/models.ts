import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A field of a model class, as the client's generator recorded it. */
export type ModelField = {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly required: boolean;
  readonly description?: string;
};

/** A model class of the client: `V1DeploymentSpec`. */
export type Model = {
  readonly className: string;
  readonly description?: string;
  readonly fields: readonly ModelField[];
};

/** A group version with the model classes its operations name. */
export type ApiGroup = {
  readonly group: string;
  readonly version: string;
  readonly classNames: readonly string[];
};

type RecordedField = {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
};

/** Reads every model class in `folder` (the client's `gen/models`) as text: importing them would cost far more. */
export function readModels(folder: string): ReadonlyMap<string, Model> {
  const models = new Map<string, Model>();
  for (const file of readdirSync(folder)) {
    const className = file.endsWith(".d.ts") ? file.slice(0, -".d.ts".length) : "";
    if (className === "") continue;
    const source = readFileSync(join(folder, `${className}.js`), "utf8");
    const recorded = /attributeTypeMap = (\[.*?\n\]);/s.exec(source)?.[1];
    if (recorded === undefined) continue;
    const declaration = readFileSync(join(folder, file), "utf8");
    models.set(className, modelOf(className, JSON.parse(recorded) as RecordedField[], declaration));
  }
  return models;
}

/** Reads which model classes each generally available group version works with, from the client's `gen/apis`. */
export function readApiGroups(folder: string): readonly ApiGroup[] {
  const groups: ApiGroup[] = [];
  for (const file of readdirSync(folder).sort()) {
    // Alpha and beta versions are not served unless switched on, so no cluster of ours serves them.
    if (!/V\d+Api\.d\.ts$/.test(file)) continue;
    const source = readFileSync(join(folder, file.replace(/\.d\.ts$/, ".js")), "utf8");
    const path = /localVarPath = '\/apis?\/([^']*)'/.exec(source)?.[1]?.split("/") ?? [];
    const core = path[0] === "v1";
    const [group = "", version = ""] = core ? ["", "v1"] : path;
    const declaration = readFileSync(join(folder, file), "utf8");
    const classNames = [...declaration.matchAll(/from '\.\.\/models\/(\w+)\.js'/g)].map((match) => match[1] as string);
    groups.push({ group, version, classNames });
  }
  return groups;
}

function modelOf(className: string, recorded: readonly RecordedField[], declaration: string): Model {
  const documented = new Map<string, { readonly required: boolean; readonly description: string | undefined }>();
  const members = /(?:\/\*\*\n\s*\* ([^\n]*)\n\s*\*\/\n)?\s*'(\w+)'(\?)?: /g;
  const start = declaration.indexOf("export declare class");
  for (const [, description, name = "", optional] of declaration.slice(start).matchAll(members)) {
    documented.set(name, { required: optional === undefined, description });
  }
  const description = /\/\*\*\n\* ([^\n]*)\n\*\/\nexport declare class/.exec(declaration)?.[1];
  const fields = recorded.map((field): ModelField => {
    const member = documented.get(field.name);
    const base = { name: field.baseName, type: field.type, format: field.format, required: member?.required === true };
    return member?.description === undefined ? base : { ...base, description: plainText(member.description) };
  });
  return description === undefined ? { className, fields } : { className, description: plainText(description), fields };
}

function plainText(comment: string): string {
  return comment.replaceAll(/\\(["'\\])/g, "$1").trim();
}
