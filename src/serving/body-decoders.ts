import { parse, stringify } from "yaml";
import type { BodyDecoder } from "../apiserver/index.ts";
import { PROTOBUF_TYPE, protobufDecoder } from "./protobuf/decode.ts";

/** The formats of request bodies beside JSON, by media type: Kubernetes' protobuf and YAML. */
export function bodyDecoders(): Readonly<Record<string, BodyDecoder>> {
  return { [PROTOBUF_TYPE]: protobufDecoder(), "application/yaml": decodeYaml };
}

/** Most bodies that may be YAML are JSON, which a JSON parser reads a hundred times faster. */
function decodeYaml(body: Uint8Array): unknown {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  if (text.startsWith("{")) {
    try {
      return JSON.parse(text);
    } catch {
      // A flow mapping of YAML looks much the same.
    }
  }
  return parse(text, { version: "1.1", maxAliasCount: 100, logLevel: "silent" });
}

/** An answer in YAML, as Go's library lays it out: keys in order, lists no further in than their key. */
export function encodeYaml(value: unknown): string {
  return stringify(value, { version: "1.1", sortMapEntries: true, indentSeq: false, aliasDuplicateObjects: false });
}
