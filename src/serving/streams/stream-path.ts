/** The path of a subresource that is no object: a stream of bytes, or a way to another server. */
export type StreamPath = {
  readonly resource: "pods" | "services" | "nodes";
  /** Absent for nodes. */
  readonly namespace: string;
  readonly name: string;
  readonly subresource: "log" | "exec" | "attach" | "portforward" | "proxy";
  /** What follows `proxy`, with its slash; empty when nothing does. */
  readonly rest: string;
  /** As it was sent, with its question mark. */
  readonly search: string;
};

const NAMESPACED =
  /^\/api\/v1\/namespaces\/([^/]+)\/(pods|services)\/([^/]+)\/(log|exec|attach|portforward|proxy)(\/.*)?$/;
const OF_NODES = /^\/api\/v1\/(nodes)\/([^/]+)\/(proxy)(\/.*)?$/;

/** Reads a request's URL; `undefined` when it is none of a streaming subresource. */
export function parseStreamPath(url: string): StreamPath | undefined {
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  const search = mark < 0 ? "" : url.slice(mark);
  const node = OF_NODES.exec(path);
  const found = NAMESPACED.exec(path) ?? (node === null ? null : [path, "", ...node.slice(1)]);
  if (found === null) return undefined;
  const [, namespace, resource, name, subresource, rest = ""] = found.map((part) => part ?? "");
  const decoded = [namespace, name].map(decodeSegment);
  if (decoded.includes(undefined)) return undefined;
  if (subresource !== "proxy" && (resource !== "pods" || (rest !== "" && rest !== "/"))) return undefined;
  return {
    resource: resource as StreamPath["resource"],
    namespace: decoded[0] as string,
    name: decoded[1] as string,
    subresource: subresource as StreamPath["subresource"],
    rest,
    search,
  };
}

function decodeSegment(segment: string | undefined): string | undefined {
  try {
    const text = decodeURIComponent(segment ?? "");
    return text.includes("/") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** `[scheme:]name[:port]`, as proxies take a name. */
export function parseProxyName(text: string): {
  readonly scheme: string;
  readonly name: string;
  readonly port: string;
} {
  const parts = text.split(":");
  if (parts.length === 1) return { scheme: "", name: text, port: "" };
  if (parts.length === 2) return { scheme: "", name: parts[0] ?? "", port: parts[1] ?? "" };
  return { scheme: parts[0] ?? "", name: parts[1] ?? "", port: parts[2] ?? "" };
}
