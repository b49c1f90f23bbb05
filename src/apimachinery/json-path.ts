import { type Evaluate, evaluator } from "./json-path-evaluator.ts";
import { type PathNode, parseJsonPathTemplate, type TemplateNode } from "./json-path-parser.ts";
import { printJsonPathValue } from "./json-path-printer.ts";

/** All values a path finds in an object; none when the path leads nowhere. */
export type JsonPath = (object: unknown) => unknown[];

/** Compiles one path of kubectl's JSONPath (`.spec.foo`, `{.items[*].metadata.name}`); plain field paths are quick. Throws 400 on a bad one. */
export function compileJsonPath(text: string): JsonPath {
  const plain = plainFields(text);
  if (plain !== undefined) return (object) => valueAt(object, plain);
  const template = text.trim().startsWith("{") ? text : `{${text}}`;
  const paths = parseJsonPathTemplate(template).filter((node) => node.kind === "path");
  const evaluates = paths.map((node) => evaluator(node.path));
  return (object) => evaluates.flatMap((evaluate) => evaluate([object], object));
}

/** Renders a template of kubectl's `-o jsonpath` (`{range .items[*]}{.metadata.name}{"\n"}{end}`); what leads nowhere prints nothing. */
export function renderJsonPath(template: string, object: unknown): string {
  return compileJsonPathTemplate(template)(object);
}

/** Compiles a template of kubectl's `-o jsonpath`. Throws 400 on a bad one. */
function compileJsonPathTemplate(template: string): (object: unknown) => string {
  const render = renderer(parseJsonPathTemplate(template));
  return (object) => render([object], object);
}

/** Renders template nodes for the values in scope; `root` is what `$` means. */
type Render = (scope: readonly unknown[], root: unknown) => string;

function renderer(nodes: readonly TemplateNode[]): Render {
  const renders = nodes.map(nodeRenderer);
  return (scope, root) => renders.map((render) => render(scope, root)).join("");
}

function nodeRenderer(node: TemplateNode): Render {
  switch (node.kind) {
    case "text":
      return () => node.text;
    case "path":
      return pathRenderer(node.path);
    default: {
      const evaluate: Evaluate = evaluator(node.path);
      const body = renderer(node.body);
      return (scope, root) =>
        evaluate(scope, root)
          .map((item) => body([item], root))
          .join("");
    }
  }
}

function pathRenderer(path: readonly PathNode[]): Render {
  const evaluate = evaluator(path);
  return (scope, root) => evaluate(scope, root).map(printJsonPathValue).join(" ");
}

/** The fields of a path that is nothing but fields; the common case of printer columns and scale paths. */
function plainFields(text: string): readonly string[] | undefined {
  const bare = /^\{(.*)\}$/s.exec(text)?.[1] ?? text;
  return /^(\.[A-Za-z_][\w-]*)+$/.test(bare) ? bare.slice(1).split(".") : undefined;
}

function valueAt(object: unknown, fields: readonly string[]): unknown[] {
  let value = object;
  for (const field of fields) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    value = (value as Readonly<Record<string, unknown>>)[field];
  }
  return value === undefined || value === null ? [] : [value];
}
