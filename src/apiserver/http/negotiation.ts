import { failure, StatusError } from "../../apimachinery/index.ts";
import { type HttpExchange, type HttpOptions, headerOf } from "./exchange.ts";

/** What an answer is to be: the object itself, or something made of it. */
type Shape =
  | { readonly as: "object" }
  | { readonly as: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList"; readonly apiVersion: string }
  | { readonly as: "APIGroupDiscoveryList"; readonly version: string };

/** The form an answer is to take. */
export type AnswerForm = Shape & { readonly mediaType: string; readonly isPretty: boolean };

/** Who is asked: built-in kinds have a router before their handlers, which answers for itself. */
export type Asked = "built-in" | "custom" | "watch" | "document";

type Clause = { readonly type: string; readonly parameters: ReadonlyMap<string, string> };

const META_VERSIONS = new Set(["v1", "v1beta1"]);
const JSON_TYPE = "application/json";
/** What kube-apiserver has; protobuf is passed over for the JSON every client names beside it. */
export const PRODUCED = [JSON_TYPE, "application/yaml", "application/vnd.kubernetes.protobuf"];
const STREAMED = [JSON_TYPE, "application/vnd.kubernetes.protobuf"];

/** The first form of the Accept header this server has; a 406 when there is none. Protobuf is passed over for the JSON beside it. */
export function negotiate(exchange: HttpExchange, options: HttpOptions, asked: Asked): AnswerForm {
  const header = headerOf(exchange.headers, "accept");
  if (header === undefined || header.trim() === "") return { as: "object", mediaType: JSON_TYPE, isPretty: false };
  const mediaTypes = [JSON_TYPE, ...(asked === "watch" ? [] : Object.keys(options.encoders ?? {}))];
  const clauses = header.split(",").map(parseClause).sort(byQuality);
  for (const clause of clauses) {
    const mediaType = mediaTypes.find((offered) => matches(clause.type, offered));
    const shape = mediaType === undefined ? undefined : shapeOf(clause);
    if (mediaType !== undefined && shape !== undefined)
      return { ...shape, mediaType, isPretty: clause.parameters.get("pretty") === "1" };
  }
  throw notAcceptable(clauses, asked);
}

function matches(wanted: string, offered: string): boolean {
  return wanted === offered || wanted === "*/*" || wanted === "application/*";
}

function shapeOf({ parameters }: Clause): Shape | undefined {
  const as = parameters.get("as");
  if (as === undefined) return { as: "object" };
  const group = parameters.get("g");
  const version = parameters.get("v") ?? "";
  if (as === "APIGroupDiscoveryList" && group === "apidiscovery.k8s.io" && (version === "v2" || version === "v2beta1"))
    return { as, version };
  if (group !== "meta.k8s.io" || !META_VERSIONS.has(version)) return undefined;
  if (as === "Table" || as === "PartialObjectMetadata" || as === "PartialObjectMetadataList")
    return { as, apiVersion: `meta.k8s.io/${version}` };
  return undefined;
}

function notAcceptable(clauses: readonly Clause[], asked: Asked): StatusError {
  const isRouted = clauses.some(({ type }) => PRODUCED.some((offered) => matches(type, offered)));
  if (asked === "built-in" && !isRouted) {
    const text = `406: Not Acceptable\n\nAvailable representations: ${PRODUCED.join(", ")}`;
    return new StatusError(failure("NotAcceptable", text, {}));
  }
  const offered = asked === "watch" ? STREAMED.map((type) => `${type};stream=watch`) : PRODUCED;
  return new StatusError(
    failure("NotAcceptable", `only the following media types are accepted: ${offered.join(", ")}`),
  );
}

/** Clauses of the same quality stay in the client's order, but that wildcards come last. */
function byQuality(left: Clause, right: Clause): number {
  return qualityOf(right) - qualityOf(left) || Number(left.type.endsWith("*")) - Number(right.type.endsWith("*"));
}

function qualityOf({ parameters }: Clause): number {
  const quality = Number.parseFloat(parameters.get("q") ?? "1");
  return Number.isNaN(quality) ? 1 : quality;
}

function parseClause(text: string): Clause {
  const [type = "", ...parts] = text.split(";").map((part) => part.trim());
  const parameters = new Map(
    parts.map((part) => {
      const equals = part.indexOf("=");
      return equals < 0 ? [part, ""] : [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
    }),
  );
  return { type: type.toLowerCase(), parameters };
}
