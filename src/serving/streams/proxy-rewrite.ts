import { posix } from "node:path";
import type { HttpResponse } from "../../network/index.ts";

/** What a proxied page is seen as: the path before the backend's own, and the hosts that are the backend's. */
export type ProxyView = {
  /** `/api/v1/namespaces/default/services/web/proxy`. */
  readonly prefix: string;
  /** The backend's own host and port, and the host the client asked. */
  readonly hosts: readonly string[];
};

/** A backend's answer as the API server hands it on: redirects and links of pages lead through the proxy again (`util/proxy/transport.go`). */
export function throughProxy(response: HttpResponse, view: ProxyView): HttpResponse {
  const headers = Object.fromEntries(
    Object.entries(response.headers).filter(([name]) => !name.startsWith("access-control-")),
  );
  const { location } = headers;
  if (location !== undefined && location !== "")
    return { ...response, headers: { ...headers, location: rewriteUrl(location, view) } };
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  if (type.trim() !== "text/html" || headers["content-encoding"] !== undefined) return { ...response, headers };
  return { ...response, headers, body: rewriteHtml(response.body, view) };
}

/** Leads a URL of the backend through the proxy; one of another host, or relative to the page, is left as it is. */
function rewriteUrl(text: string, { prefix, hosts }: ProxyView): string {
  const [, , host = "", path = "", tail = ""] =
    /^(?:([a-z][a-z0-9+.-]*:)?\/\/([^/?#]*))?([^?#]*)(.*)$/is.exec(text) ?? [];
  if ((host !== "" && !hosts.includes(host)) || !path.startsWith("/")) return text;
  if (path.startsWith(prefix)) return `${path}${tail}`;
  const joined = posix.join(prefix, path);
  return `${path.endsWith("/") && !joined.endsWith("/") ? `${joined}/` : joined}${tail}`;
}

/** The attributes of HTML that hold a URL, by their element. */
const URL_ATTRIBUTES = new Map(
  `a href,applet codebase,area href,audio src,base href,blockquote cite,body background,button formaction,command icon,del cite,
  embed src,form action,frame longdesc src,head profile,html manifest,iframe longdesc src,img longdesc src usemap,
  input src usemap formaction,ins cite,link href,object classid codebase data usemap,q cite,script src,source src,video poster src`
    .split(",")
    .map((line) => line.trim().split(" "))
    .map(([element = "", ...attributes]) => [element, new Set(attributes)] as const),
);

const TAG = /<([a-z][a-z0-9]*)((?:\s+[^\s"'<>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*)(\s*\/?>)/gi;
const ATTRIBUTE = /(\s+)([^\s"'<>/=]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'=<>`]+)/g;

function rewriteHtml(body: string, view: ProxyView): string {
  return body.replace(TAG, (tag, element: string, attributes: string, end: string) => {
    const named = URL_ATTRIBUTES.get(element.toLowerCase());
    if (named === undefined) return tag;
    const rewritten = attributes.replace(
      ATTRIBUTE,
      (whole, space: string, name: string, equals: string, value: string) => {
        if (!named.has(name.toLowerCase())) return whole;
        const quote = value.startsWith('"') || value.startsWith("'") ? (value[0] as string) : "";
        const url = quote === "" ? value : value.slice(1, -1);
        return `${space}${name}${equals}${quote}${rewriteUrl(url, view)}${quote}`;
      },
    );
    return `<${element}${rewritten}${end}`;
  });
}
