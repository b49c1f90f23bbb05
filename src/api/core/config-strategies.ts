import type { FieldError } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { withDefaults } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { eachEntry, type Findings, forbidden, immutable, invalid, NOTHING, required, tooLong } from "../validation.ts";
import { configKeys } from "./config-keys.ts";
import type { ConfigMap, Secret } from "./objects.ts";

/** Upstream's MaxSecretSize: what etcd takes in one object. */
const MAX_BYTES = 1024 * 1024;
const OPAQUE: Partial<Secret> = { type: "Opaque" };

/** An immutable ConfigMap can neither change nor become mutable again. */
export const configMapStrategy: Strategy<ConfigMap> = {
  validate: (map, before) => [
    ...(before?.immutable === true ? sealed(map, before, ["data", "binaryData"]) : NOTHING),
    ...configKeys(map.data, "data"),
    ...(map.binaryData === undefined
      ? NOTHING
      : eachEntry(map.data, (key) =>
          map.binaryData?.[key] === undefined
            ? NOTHING
            : [invalid(`data[${key}]`, key, "duplicate of key present in binaryData")],
        )),
    ...configKeys(map.binaryData, "binaryData"),
    ...(textBytes(map.data) + decodedBytes(map.binaryData) > MAX_BYTES ? [tooLong("", MAX_BYTES)] : NOTHING),
  ],
};

/** `stringData` is written, never read: it becomes `data`. */
export const secretStrategy: Strategy<Secret> = {
  applyDefaults: (secret) => withDefaults(encodeStringData(secret), OPAQUE),
  warnings: ({ type, data = {} }) => (type === "kubernetes.io/tls" ? keyPairWarnings(data) : []),
  validate: (secret, before) => [
    ...(before === undefined ? NOTHING : immutable("type", secret.type, before.type)),
    ...(before?.immutable === true ? sealed(secret, before, ["data"]) : NOTHING),
    ...configKeys(secret.data, "data"),
    ...(decodedBytes(secret.data) > MAX_BYTES ? [tooLong("data", MAX_BYTES)] : NOTHING),
    ...(TYPES[secret.type ?? ""]?.(secret) ?? NOTHING),
  ],
};

/** What Go's `tls.X509KeyPair` says of a pair without PEM in it. */
function keyPairWarnings(data: Readonly<Record<string, string>>): readonly string[] {
  const hasPem = (key: string): boolean =>
    /-----BEGIN [^-]+-----/.test(Buffer.from(data[key] ?? "", "base64").toString("latin1"));
  const missing = !hasPem("tls.crt") ? "certificate" : !hasPem("tls.key") ? "key" : undefined;
  return missing === undefined ? [] : [`tls: failed to find any PEM data in ${missing} input`];
}

/** What Secrets of a type must hold. */
const TYPES: Readonly<Record<string, (secret: Secret) => Findings>> = {
  "kubernetes.io/service-account-token": ({ metadata }) =>
    metadata.annotations?.["kubernetes.io/service-account.name"]
      ? NOTHING
      : [required("metadata.annotations[kubernetes.io/service-account.name]")],
  "kubernetes.io/dockercfg": (secret) => jsonOf(secret, ".dockercfg"),
  "kubernetes.io/dockerconfigjson": (secret) => jsonOf(secret, ".dockerconfigjson"),
  "kubernetes.io/basic-auth": ({ data = {} }) =>
    data.username === undefined && data.password === undefined
      ? [required("data[username]"), required("data[password]")]
      : NOTHING,
  "kubernetes.io/ssh-auth": ({ data }) => (data?.["ssh-privatekey"] ? NOTHING : [required("data[ssh-privatekey]")]),
  "kubernetes.io/tls": ({ data }) =>
    ["tls.crt", "tls.key"].flatMap((key): FieldError[] =>
      data?.[key] === undefined ? [required(`data[${key}]`)] : [],
    ),
};

function jsonOf({ data }: Secret, key: string): Findings {
  const text = data?.[key];
  if (text === undefined) return [required(`data[${key}]`)];
  try {
    JSON.parse(Buffer.from(text, "base64").toString("utf8"));
    return NOTHING;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const [first] = Buffer.from(text, "base64").toString("utf8").trimStart();
    const isStrange = first !== undefined && !/[[{"\-0-9tfn]/.test(first);
    const begun = isStrange ? `invalid character '${first}' looking for beginning of value` : error.message;
    const detail = text === "" ? "unexpected end of JSON input" : begun;
    return [invalid(`data[${key}]`, "<secret contents redacted>", detail)];
  }
}

function encodeStringData(secret: Secret): Secret {
  const { stringData, ...rest } = secret;
  if (stringData === undefined) return secret;
  const data: Record<string, string> = { ...secret.data };
  for (const key of Object.keys(stringData)) data[key] = Buffer.from(stringData[key] ?? "", "utf8").toString("base64");
  return { ...rest, data };
}

function textBytes(data: Readonly<Record<string, string>> | undefined): number {
  let characters = 0;
  for (const key in data) characters += data[key]?.length ?? 0;
  // No text has more than three bytes for each of its UTF-16 units: short ones need no counting.
  if (characters * 3 <= MAX_BYTES) return 0;
  return Object.values(data ?? {}).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function decodedBytes(data: Readonly<Record<string, string>> | undefined): number {
  let bytes = 0;
  for (const key in data) bytes += Math.floor(((data[key]?.length ?? 0) * 3) / 4);
  return bytes;
}

function sealed<T extends { readonly immutable?: boolean }>(
  after: T,
  before: T,
  fields: readonly (keyof T & string)[],
): Findings {
  const detail = "field is immutable when `immutable` is set";
  return [
    ...(after.immutable === true ? NOTHING : [forbidden("immutable", detail)]),
    ...fields.flatMap((field) => (deepEqual(after[field], before[field]) ? [] : [forbidden(field, detail)])),
  ];
}
