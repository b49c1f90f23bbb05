import { failure, StatusError } from "../../apimachinery/index.ts";
import type { Verb } from "../request.ts";
import { internalPackage, type Resource } from "../resource.ts";
import { type HttpExchange, headerOf } from "./exchange.ts";

/** The form an answer is to take. */
export type AnswerForm =
  | { readonly as: "object" }
  | { readonly as: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList"; readonly apiVersion: string }
  | { readonly as: "APIGroupDiscoveryList"; readonly version: string };

type Clause = { readonly type: string; readonly parameters: ReadonlyMap<string, string> };

const META_VERSIONS = new Set(["v1", "v1beta1"]);

const JSON_TYPE = "application/json";
const YAML_TYPE = "application/yaml";
/** What Kubernetes' router produces; protobuf is passed over for the JSON every client names beside it. */
const PRODUCED = [JSON_TYPE, YAML_TYPE, "application/vnd.kubernetes.protobuf"];

/** The first form of the Accept header this server has; a 406 when there is none. */
export function negotiate(exchange: HttpExchange): AnswerForm {
  const header = headerOf(exchange.headers, "accept");
  if (header === undefined || header.trim() === "") return { as: "object" };
  const clauses = header.split(",").map(parseClause).sort(byQuality);
  for (const clause of clauses) {
    const form = formOf(clause);
    if (form !== undefined) return form;
  }
  throw notAcceptable(`only the following media types are accepted: ${PRODUCED.join(", ")}`);
}

/** The same for resources, whose router looks at the bare types first. */
export function negotiateResource(exchange: HttpExchange): AnswerForm {
  const header = headerOf(exchange.headers, "accept") ?? "";
  const types = header.split(",").map((clause) => (clause.split(";")[0] as string).trim());
  if (header !== "" && !types.some((type) => type === "*/*" || PRODUCED.includes(type)))
    throw notAcceptable(`406: Not Acceptable\n\nAvailable representations: ${PRODUCED.join(", ")}`, {});
  return negotiate(exchange);
}

/** Whether the answer is to be YAML: the client would rather have that than JSON. */
export function prefersYaml(exchange: HttpExchange): boolean {
  const header = headerOf(exchange.headers, "accept") ?? "";
  if (!header.includes(YAML_TYPE)) return false;
  const clauses = header.split(",").map(parseClause).sort(byQuality);
  return clauses.find((clause) => formOf(clause) !== undefined)?.type === YAML_TYPE;
}

/** Stops a request whose form does not go with what it is for. */
export function checkForm(form: AnswerForm, resource: Resource, verb: Verb): void {
  // What is only ever asked has no columns.
  const { verbs } = resource.descriptor;
  if (form.as !== "object" && verbs?.length === 1 && verbs[0] === "create")
    throw notAcceptable(`only the following media types are accepted: ${PRODUCED.join(", ")}`);
  if (form.as === "PartialObjectMetadataList" && verb !== "list" && verb !== "watch")
    throw notAcceptable(
      `you requested PartialObjectMetadataList, but the requested object is not a list (${goTypeOf(resource, "")})`,
    );
  if (form.as === "PartialObjectMetadata" && verb === "list")
    throw notAcceptable(
      `you requested PartialObjectMetadata, but the requested object is a list (${goTypeOf(resource, "List")})`,
    );
}

function goTypeOf(resource: Resource, suffix: "" | "List"): string {
  return resource.typed
    ? `*${internalPackage(resource)}.${resource.kind.kind}${suffix}`
    : `*unstructured.Unstructured${suffix}`;
}

function notAcceptable(message: string, details?: Readonly<Record<string, never>>): StatusError {
  return new StatusError(failure("NotAcceptable", message, details));
}

function formOf({ type, parameters }: Clause): AnswerForm | undefined {
  const as = parameters.get("as");
  if (type === "*/*" || type === "application/*" || type === YAML_TYPE) return { as: "object" };
  if (type !== JSON_TYPE) return type === "text/plain" || type === "text/*" ? { as: "object" } : undefined;
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
