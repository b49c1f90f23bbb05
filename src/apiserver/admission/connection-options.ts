import { goDecodingError, type JsonSchema, StatusError, statusErrors } from "../../apimachinery/index.ts";
import { isFlagSet } from "../http/query.ts";

/** What a connection is asked for: PodExecOptions and its like, the object admission sees of it. */
export type ConnectionOptions = {
  readonly kind: string;
  readonly apiVersion: "v1";
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly tty?: boolean;
  readonly container?: string;
  readonly command?: readonly string[] | null;
  readonly ports?: readonly number[];
  /** What follows `proxy`, with its slash. */
  readonly path?: string;
};

type Fields = Readonly<Record<string, JsonSchema>>;

const BOOL: JsonSchema = { type: "boolean" };
const TEXT: JsonSchema = { type: "string" };
const OF_STREAMS: Fields = { stdin: BOOL, stdout: BOOL, stderr: BOOL, tty: BOOL, container: TEXT };
const OF_PROXIES: Fields = { path: TEXT };
const FIELDS: Readonly<Record<string, Fields>> = {
  PodExecOptions: { ...OF_STREAMS, command: { type: "array", items: TEXT } },
  PodAttachOptions: OF_STREAMS,
  PodPortForwardOptions: { ports: { type: "array", items: { type: "integer", format: "int32" } } },
  PodProxyOptions: OF_PROXIES,
  ServiceProxyOptions: OF_PROXIES,
  NodeProxyOptions: OF_PROXIES,
};

/** Reads options off a query, as `ParameterCodec.DecodeParameters` does; throws a BadRequest. */
export function readConnectionOptions(kind: string, query: URLSearchParams): ConnectionOptions {
  return optionsOf(kind, (field, schema) => {
    const texts = query.getAll(field);
    return texts.length === 0 ? undefined : parsed(schema, texts);
  });
}

/** Options as a webhook has patched them, read as Go's decoder reads them; throws what it says. */
export function decodeConnectionOptions(kind: string, object: Readonly<Record<string, unknown>>): ConnectionOptions {
  const why = goDecodingError({ type: "object", "x-go-type": `v1.${kind}`, properties: FIELDS[kind] ?? {} }, object);
  if (why === undefined) return optionsOf(kind, (field) => object[field]);
  const { status } = statusErrors.internal(why);
  throw new StatusError({ ...status, details: { causes: [{ message: why }] } });
}

/** Fields that say nothing are left out, but for the one that has no `omitempty`. */
function optionsOf(kind: string, valueOf: (field: string, schema: JsonSchema) => unknown): ConnectionOptions {
  const fields = Object.entries(FIELDS[kind] ?? {}).flatMap(([field, schema]) => {
    const value = valueOf(field, schema) ?? null;
    const isEmpty = value === null || value === false || value === "" || (Array.isArray(value) && value.length === 0);
    return isEmpty && field !== "command" ? [] : [[field, value]];
  });
  return { kind, apiVersion: "v1", ...(Object.fromEntries(fields) as Partial<ConnectionOptions>) };
}

function parsed({ type, items }: JsonSchema, texts: readonly string[]): unknown {
  const [first = ""] = texts;
  if (type === "boolean") return isFlagSet(first);
  if (type === "string") return first;
  return items === TEXT ? texts : texts.flatMap((text) => text.split(",")).map(portOf);
}

function portOf(text: string): number {
  const why = !/^\d+$/.test(text) ? "invalid syntax" : Number(text) > 0xffff ? "value out of range" : undefined;
  if (why === undefined) return Number(text);
  throw statusErrors.badRequest(
    `cannot convert to []int32: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`,
  );
}
