import { failure, StatusError } from "../../apimachinery/index.ts";
import { type HttpExchange, headerOf } from "./exchange.ts";

/** The form an answer is to take. */
export type AnswerForm =
  | { readonly as: "object" }
  | { readonly as: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList"; readonly apiVersion: string }
  | { readonly as: "APIGroupDiscoveryList"; readonly version: string };

type Clause = { readonly type: string; readonly parameters: ReadonlyMap<string, string> };

const META_VERSIONS = new Set(["v1", "v1beta1"]);

/** The first form of the Accept header this server has; a 406 when there is none. Protobuf is passed over for the JSON beside it. */
export function negotiate(exchange: HttpExchange): AnswerForm {
  const header = headerOf(exchange.headers, "accept");
  if (header === undefined || header.trim() === "") return { as: "object" };
  for (const clause of header.split(",").map(parseClause).sort(byQuality)) {
    const form = formOf(clause);
    if (form !== undefined) return form;
  }
  throw new StatusError(failure("NotAcceptable", "only the following media types are accepted: application/json"));
}

function formOf({ type, parameters }: Clause): AnswerForm | undefined {
  const as = parameters.get("as");
  if (type === "*/*" || type === "application/*") return { as: "object" };
  if (type !== "application/json") return type === "text/plain" || type === "text/*" ? { as: "object" } : undefined;
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

/** Clauses of the same quality stay in the client's order. */
function byQuality(left: Clause, right: Clause): number {
  return qualityOf(right) - qualityOf(left);
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
