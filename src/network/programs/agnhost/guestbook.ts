import { textResponse } from "../../fabric/http.ts";
import type { Process } from "../program.ts";
import { readFlags } from "./flags.ts";
import { errorResponse, type Handler, logLine, notFound, serveRoutes } from "./serving.ts";

const BACKEND_TIMEOUT_MS = 5000;
const REGISTER_RETRY_MS = 1000;
const REGISTER_TIMEOUT_MS = 60_000;

type Store = { data: Readonly<Record<string, string>>; readonly replicas: string[] };
/** Asks a backend; `undefined` when it does not answer. */
type Ask = (host: string, path: string, onBody: (body: string | undefined) => void) => void;

/** `guestbook`: a front, or a store whose replicas register with it and are told what is set. */
export function guestbook(process: Process, args: readonly string[]): void {
  const flags = readFlags(args);
  const backendPort = flags.number("backend-port", 6379);
  const primary = flags.text("replicaof", "");
  const store: Store = { data: {}, replicas: [] };
  const ask: Ask = (host, path, onBody) =>
    process.fetch(`http://${host}:${backendPort}/${path}`, { timeoutMs: BACKEND_TIMEOUT_MS }, (result) =>
      onBody(result.ok ? result.response.body : undefined),
    );
  if (primary !== "") register(process, { store, ask, primary, sinceMs: process.clock.nowMs() });
  process.onTerminate(() => process.exit(2));
  serveRoutes(process, flags.number("http-port", 80), {
    "/register": (query) => {
      store.replicas.push(query.get("host") ?? "");
      logLine(process, `Node '${query.get("host") ?? ""}' registered.`);
      return JSON.stringify({ data: store.data });
    },
    "/get": (query) => {
      const key = query.get("key") ?? "";
      return JSON.stringify({ data: key === "" ? store.data : (store.data[key] ?? "") });
    },
    "/set": set(store, ask),
    "/guestbook": front(ask),
    "/": () => notFound(),
  });
}

function register(
  process: Process,
  what: { readonly store: Store; readonly ask: Ask; readonly primary: string; readonly sinceMs: number },
): void {
  const { store, ask, primary, sinceMs } = what;
  ask(primary, `register?host=${process.address}`, (body) => {
    if (body !== undefined) {
      store.data = (JSON.parse(body) as Store).data;
      logLine(process, `Registered to node: ${primary}`);
    } else if (process.clock.nowMs() - sinceMs < REGISTER_TIMEOUT_MS)
      process.after(REGISTER_RETRY_MS, () => register(process, what));
    else {
      logLine(process, "Timed out while registering to primary.");
      process.exit(1);
    }
  });
}

function set(store: Store, ask: Ask): Handler {
  const tell = (path: string, left: readonly string[], onEnd: (failed: string | undefined) => void): void => {
    const [first, ...others] = left;
    if (first === undefined) onEnd(undefined);
    else ask(first, path, (body) => (body === undefined ? onEnd(first) : tell(path, others, onEnd)));
  };
  return (query) => {
    const key = query.get("key") ?? "";
    const value = query.get("value") ?? "";
    if (key === "") return errorResponse(400, "cannot set with empty key.");
    store.data = { ...store.data, [key]: value };
    return {
      later: (onResponse) =>
        tell(`set?key=${key}&value=${value}`, store.replicas, (failed) =>
          onResponse(
            failed === undefined
              ? textResponse(JSON.stringify({ message: "Updated" }))
              : errorResponse(417, `encountered error while propagating to replica '${failed}'`),
          ),
        ),
    };
  };
}

function front(ask: Ask): Handler {
  return (query) => {
    const command = (query.get("cmd") ?? "").toLowerCase();
    if (command !== "get" && command !== "set") return errorResponse(400, `unsupported cmd: '${command}'`);
    const key = query.get("key") ?? "";
    if (command === "set" && key === "") return errorResponse(400, "cannot set with empty key.");
    const host = command === "get" ? "agnhost-replica" : "agnhost-primary";
    const path = `${command}?key=${key}&value=${query.get("value") ?? ""}`;
    return {
      later: (onResponse) =>
        ask(host, path, (body) =>
          onResponse(body === undefined ? errorResponse(417, "encountered error") : textResponse(body)),
        ),
    };
  };
}
