import { type HttpRequest, type HttpResponse, jsonResponse } from "../fabric/http.ts";
import { flagValue, type Process } from "./program.ts";

const ELASTICSEARCH_PORT = 9200;

/**
 * `fluentd`: takes lines from its input and sends each to the Elasticsearch that `FLUENT_ELASTICSEARCH_HOST` and `…_PORT` name,
 * as the images with that plugin do; without, it writes them out as its `stdout` plugin does. Not told to read, it waits.
 */
export function fluentdProgram(process: Process): void {
  const { environment, output, clock } = process;
  const host = environment.get("FLUENT_ELASTICSEARCH_HOST");
  const port = environment.get("FLUENT_ELASTICSEARCH_PORT") ?? ELASTICSEARCH_PORT;
  const stamp = (): string => new Date(clock.nowMs()).toISOString().replace("T", " ").replace("Z", "");
  process.onTerminate(() => process.exit(0));
  if (flagValue(process.argv, "l") !== "/dev/stdin") return;
  process.onInput((line) => {
    if (line === undefined) {
      process.exit(0);
      return;
    }
    const record = { message: line, host: process.hostname, "@timestamp": new Date(clock.nowMs()).toISOString() };
    if (host === undefined) {
      output.stdout(`${stamp()}000000 +0000 stdin: ${JSON.stringify({ message: line })}\n`);
      return;
    }
    const body = `{"index":{"_index":"fluentd"}}\n${JSON.stringify(record)}\n`;
    process.fetch(`http://${host}:${port}/_bulk`, { method: "POST", body }, (result) => {
      if (!result.ok) output.stderr(`${stamp()} +0000 [warn]: #0 failed to flush the buffer. host="${host}:${port}"\n`);
    });
  });
}

type Document = { readonly index: string; readonly source: unknown };

/** Elasticsearch, as far as who ships logs and who looks for them needs it: documents in, counts and hits out. */
export function elasticsearchProgram(process: Process): void {
  const documents: Document[] = [];
  process.listen(ELASTICSEARCH_PORT, (request) => answer(request, documents));
  process.onTerminate(() => process.exit(0));
}

function answer({ method, path, body }: HttpRequest, documents: Document[]): HttpResponse {
  const [first = "", second = ""] = path
    .replace(/[?#].*$/, "")
    .split("/")
    .filter(Boolean);
  const [index, action] = second === "" ? [undefined, first] : [first, second];
  if (action === "") return jsonResponse(200, { version: { number: "8.0.0" }, tagline: "You Know, for Search" });
  if (action === "_bulk" && method === "POST") return bulk(body, index, documents);
  if (action === "_doc" && method === "POST" && index !== undefined) {
    const source = parsed(body);
    if (source === undefined) return jsonResponse(400, { error: { type: "parse_exception" }, status: 400 });
    documents.push({ index, source });
    return jsonResponse(201, { _index: index, _id: String(documents.length), result: "created" });
  }
  const found = documents.filter((document) => index === undefined || document.index === index);
  if (action === "_count") return jsonResponse(200, { count: found.length });
  if (action === "_search") {
    const hits = found.map(({ index: _index, source: _source }) => ({ _index, _source }));
    return jsonResponse(200, { hits: { total: { value: hits.length, relation: "eq" }, hits } });
  }
  return jsonResponse(404, { error: { type: "invalid_index_name_exception" }, status: 404 });
}

/** Pairs of lines: what to do, and with what. */
function bulk(body: string, index: string | undefined, documents: Document[]): HttpResponse {
  const lines = body.split("\n").filter((line) => line !== "");
  const items: unknown[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const action = parsed(lines[at] ?? "") as { readonly index?: { readonly _index?: string } } | undefined;
    const source = parsed(lines[at + 1] ?? "");
    if (action === undefined || source === undefined)
      return jsonResponse(400, { error: { type: "illegal_argument_exception" }, status: 400 });
    documents.push({ index: action.index?._index ?? index ?? "", source });
    items.push({ index: { _id: String(documents.length), status: 201 } });
  }
  return jsonResponse(200, { errors: false, items });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
