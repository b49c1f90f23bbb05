/** The parts of a URL as Go's `net/url` has them. */
export type GoUrl = {
  readonly scheme: string;
  /** With its port. */
  readonly host: string;
  /** What stands before an `@`, where there is one. */
  readonly user: string | undefined;
  readonly escapedPath: string;
  readonly query: string;
  /** The whole, normalized as `URL.String` does. */
  readonly text: string;
};

class UrlProblem extends Error {}

/** An absolute URL or an absolute path, as `url.ParseRequestURI` takes them; the text of its error otherwise. */
export function parseUrl(text: string): GoUrl | string {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof UrlProblem) return `parse ${JSON.stringify(text)}: ${error.message}`;
    throw error;
  }
}

function read(text: string): GoUrl {
  if (hasControl(text)) throw new UrlProblem("net/url: invalid control character in URL");
  if (text === "") throw new UrlProblem("empty url");
  if (text.startsWith(":")) throw new UrlProblem("missing protocol scheme");
  const [, rawScheme = ""] = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text) ?? [];
  const scheme = rawScheme.toLowerCase();
  const rest = rawScheme === "" ? text : text.slice(rawScheme.length + 1);
  const [before = "", query = ""] = cut(cut(rest, "#")[0], "?");
  // What follows the scheme may be no path: `mailto:a@b`.
  if (!rest.startsWith("/")) {
    if (scheme === "" && text !== "*") throw new UrlProblem("invalid URI for request");
    return { scheme, host: "", user: undefined, escapedPath: "", query, text: `${scheme}:${rest}` };
  }
  checkEscapes(cut(rest, "?")[0], PATH);
  const hasAuthority = scheme !== "" && rest.startsWith("//");
  const [authority, path] = hasAuthority ? splitAuthority(before.slice(2)) : ["", before];
  const [user, host] = userAndHost(authority);
  return {
    scheme,
    host,
    user,
    escapedPath: escapePath(path),
    query,
    text: `${scheme}:${authority}${escapePath(path)}?${query}`,
  };
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) < 0x20 || text.charCodeAt(at) === 0x7f) return true;
  return false;
}

function cut(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function splitAuthority(text: string): readonly [string, string] {
  const slash = text.indexOf("/");
  return slash < 0 ? [text, ""] : [text.slice(0, slash), text.slice(slash)];
}

function userAndHost(authority: string): readonly [user: string | undefined, host: string] {
  const at = authority.lastIndexOf("@");
  const user = at < 0 ? undefined : authority.slice(0, at);
  if (user !== undefined && !/^[\w\-.:~!$&'()*+,;=%@]*$/.test(user)) throw new UrlProblem("net/url: invalid userinfo");
  const host = authority.slice(at + 1);
  if (host.startsWith("[")) {
    const end = host.lastIndexOf("]");
    if (end < 0) throw new UrlProblem("missing ']' in host");
    checkPort(host.slice(end + 1));
  } else if (host.includes(":")) checkPort(host.slice(host.lastIndexOf(":")));
  checkEscapes(host, HOST);
  return [user, host];
}

function checkPort(port: string): void {
  if (!/^(?::\d*)?$/.test(port)) throw new UrlProblem(`invalid port ${JSON.stringify(port)} after host`);
}

const PATH = /./su;
/** Characters that may stand in a host without being escaped (`shouldEscape`). */
const HOST = /[\w\-.~!$&'()*+,;=:[\]<>"\u0080-\uffff]/;

function checkEscapes(text: string, allowed: RegExp): void {
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "%") {
      const escape = text.slice(at, at + 3);
      if (!/^%[0-9a-fA-F]{2}$/.test(escape)) throw new UrlProblem(`invalid URL escape ${JSON.stringify(escape)}`);
      at += 2;
    } else if (!allowed.test(character))
      throw new UrlProblem(`invalid character ${JSON.stringify(character)} in host name`);
  }
}

/** A path that is escaped already stays as it is; another is escaped where it has to be. */
function escapePath(path: string): string {
  if (/^(?:[\w\-.~!$&'()*+,;=:@/[\]]|%[0-9a-fA-F]{2})*$/.test(path)) return path;
  const plain = unescaped(path) ?? path;
  return [...plain].map((character) => (/^[\w\-.~$&+=:@/]$/.test(character) ? character : encode(character))).join("");
}

function encode(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** The values of a query; what cannot be read is left out (`url.URL.Query`). */
export function queryValues(query: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const part of query.split("&")) {
    if (part === "" || part.includes(";")) continue;
    const [name, value] = cut(part, "=").map((text) => unescaped(text.replaceAll("+", " ")));
    if (name === undefined || value === undefined) continue;
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return values;
}
