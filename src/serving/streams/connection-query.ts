import type { ConnectionOptions } from "../../apiserver/index.ts";
import type { StreamPath } from "./stream-path.ts";

/** What admission reads a connection's options from. */
export function connectionQuery(path: StreamPath): URLSearchParams {
  const query = new URLSearchParams(path.search);
  if (path.subresource === "proxy") query.set("path", decoded(path.rest));
  return query;
}

/** The path of a connection as admission wants it: like upstream's, it is written anew from the options (`streamParams`). */
export function withConnectionOptions(path: StreamPath, options: ConnectionOptions): StreamPath {
  if (path.subresource === "proxy") {
    const { path: rest = "" } = options;
    return rest === decoded(path.rest) ? path : { ...path, rest: rest.split("/").map(encodeURIComponent).join("/") };
  }
  const { kind: _, apiVersion: __, ...fields } = options;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    const values = Array.isArray(value) ? value : value === true ? ["1"] : value === null ? [] : [value];
    for (const one of values) query.append(name, String(one));
  }
  return { ...path, search: `?${query}` };
}

function decoded(rest: string): string {
  try {
    return decodeURIComponent(rest);
  } catch {
    return rest;
  }
}
