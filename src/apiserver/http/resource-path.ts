import { statusErrors } from "../../apimachinery/index.ts";

/** A URL path that names a resource, or one object of it. */
export type ResourcePath = {
  readonly group: string;
  readonly version: string;
  readonly namespace?: string;
  readonly plural: string;
  readonly name?: string;
  readonly subresource?: string;
  /** Below `watch/`, the old way to ask for a watch. */
  readonly watched?: true;
};

/** Subresources of Namespaces themselves, which would else read as resources within one (`RequestInfoFactory`). */
const OF_NAMESPACES = new Set(["status", "finalize"]);

/** Reads the path of a resource under `/api` or `/apis`; `undefined` for any other path, a 404 for a malformed one. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const segments = path.split("/").slice(1);
  while (segments.at(-1) === "") segments.pop();
  const [root, ...rest] = segments.map(decodeSegment);
  if (root === "api" && rest.length > 1) return parseWithin("", rest[0] as string, rest.slice(1));
  if (root === "apis" && rest.length > 2) return parseWithin(rest[0] as string, rest[1] as string, rest.slice(2));
  return undefined;
}

function parseWithin(group: string, version: string, segments: readonly string[]): ResourcePath {
  if (segments[0] === "watch" && segments.length > 1)
    return { ...parseWithin(group, version, segments.slice(1)), watched: true };
  const [first, second, third] = segments;
  if (first === "namespaces" && second !== undefined && third !== undefined && !OF_NAMESPACES.has(third))
    return { group, version, namespace: second, ...objectPart(segments.slice(2)) };
  return { group, version, ...objectPart(segments) };
}

function objectPart(segments: readonly string[]): Pick<ResourcePath, "plural" | "name" | "subresource"> {
  const [plural = "", name, subresource, ...more] = segments;
  // Only proxies have paths below a subresource, and they are served elsewhere.
  if (more.length > 0) throw statusErrors.noSuchPath();
  return {
    plural,
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/** One segment, decoded. What would not survive a path cleaner (dots, encoded slashes, nothing at all) names no resource. */
function decodeSegment(segment: string): string {
  let text: string;
  try {
    text = decodeURIComponent(segment);
  } catch {
    throw statusErrors.badRequest(`invalid URL escape in ${JSON.stringify(segment)}`);
  }
  if (text === "" || text === "." || text === ".." || text.includes("/") || text.includes("\u0000"))
    throw statusErrors.noSuchPath();
  return text;
}
