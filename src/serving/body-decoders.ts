import { type ErrorCode, isMap, LineCounter, type ParsedNode, parseDocument, stringify, visit } from "yaml";
import { type BodyDecoder, type BodyEncoder, type ParsedBody, statesTwice } from "../apiserver/index.ts";
import { PROTOBUF_TYPE, protobufDecoder } from "./protobuf/decode.ts";

const YAML_TYPE = "application/yaml";

/** The formats of request bodies beside JSON, by media type: YAML and Kubernetes' protobuf. */
export function bodyDecoders(): Readonly<Record<string, BodyDecoder>> {
  return { [YAML_TYPE]: decodeYaml, [PROTOBUF_TYPE]: protobufDecoder() };
}

/** The formats of answers beside JSON. */
export function bodyEncoders(): Readonly<Record<string, BodyEncoder>> {
  return { [YAML_TYPE]: encodeYaml };
}

/** Most bodies that may be YAML are JSON, which a JSON parser reads a hundred times faster. */
function decodeYaml(body: Uint8Array): ParsedBody {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  if (text.startsWith("{")) {
    try {
      const value = JSON.parse(text) as unknown;
      // Only YAML's reader knows the lines of what is stated twice.
      if (!statesTwice(body, value)) return { value, strictErrors: [] };
    } catch {
      // A flow mapping of YAML looks much the same.
    }
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.1",
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
    lineCounter: lines,
  });
  const [error] = document.errors;
  if (error !== undefined)
    throw new Error(`yaml: line ${lines.linePos(error.pos[0]).line}: ${GO_WORDS[error.code] ?? error.message}`);
  return {
    value: document.toJS({ maxAliasCount: 100 }) as unknown,
    strictErrors: document.contents === null ? [] : keysStatedTwice(document.contents, lines),
  };
}

/** What Go's parser says in place of ours. */
const GO_WORDS: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: "found character that cannot start any token",
  BAD_INDENT: "did not find expected node content",
  BLOCK_AS_IMPLICIT_KEY: "mapping values are not allowed in this context",
};

/** What Go's parser says of keys a mapping has more than once. */
function keysStatedTwice(root: ParsedNode, lines: LineCounter): readonly string[] {
  const found: string[] = [];
  visit(root, (_key, node) => {
    if (!isMap<ParsedNode>(node)) return;
    const seen = new Set<string>();
    for (const { key } of node.items) {
      const name = String(key.toJSON());
      if (seen.has(name))
        found.push(`line ${lines.linePos(key.range[0]).line}: key ${JSON.stringify(name)} already set in map`);
      seen.add(name);
    }
  });
  return found;
}

/** YAML as Go's printer lays it out: keys in order, lists level with the key they belong to. */
function encodeYaml(value: unknown): string {
  return stringify(value, { version: "1.1", sortMapEntries: true, indentSeq: false, aliasDuplicateObjects: false });
}
