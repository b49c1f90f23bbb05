import {
  failure,
  type Kind,
  type KubeObject,
  parseFieldSelector,
  type Status,
  StatusError,
  statusErrors,
} from "../apimachinery/index.ts";
import type { ClusterState } from "./admission.ts";
import type { ApiRequest, User } from "./request.ts";

/** What an authorizer decides about: a verb on a resource, or (with `path`) on a URL that is none. */
export type AuthorizationAttributes = {
  readonly user: User;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** The resource's plural; empty when `path` is given. */
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly path?: string;
  /** What a list or watch is narrowed by. */
  readonly fieldSelector?: string;
};

/** Decides whether a request may go on. The error it returns is the answer; see {@link accessDenied}. */
export type Authorizer = (attributes: AuthorizationAttributes, state: ClusterState) => "allow" | StatusError;

const DENIALS = new WeakSet<Status>();

/** Whether an answer says that its asker may not ask; the door marks such answers as no page of ours. */
export function isDenial(status: Status): boolean {
  return DENIALS.has(status);
}

/** The 403 of a Kubernetes API server (`k8s.io/apiserver/pkg/endpoints/handlers/responsewriters.Forbidden`). */
export function accessDenied(attributes: AuthorizationAttributes, reason = ""): StatusError {
  const { group, resource, name, path } = attributes;
  const why = deniedText(attributes).replaceAll(/[&<>]/g, (character) => ESCAPES[character] ?? character);
  const message = reason === "" ? why : `${why}: ${reason}`;
  const denial =
    path === undefined
      ? statusErrors.forbidden({ group, plural: resource }, name ?? "", message)
      : new StatusError(failure("Forbidden", `forbidden: ${message}`, {}));
  DENIALS.add(denial.status);
  return denial;
}

/** Browsers may show what a client said of itself. */
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function deniedText({ user, verb, group, resource, subresource, namespace, path }: AuthorizationAttributes): string {
  const subject = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (path !== undefined) return `${subject} path ${JSON.stringify(path)}`;
  const what = subresource === undefined || subresource === "" ? resource : `${resource}/${subresource}`;
  const where =
    namespace === undefined || namespace === ""
      ? "at the cluster scope"
      : `in the namespace ${JSON.stringify(namespace)}`;
  return `${subject} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`;
}

/** Throws the 403 of a request that may not go on. */
export function checkAccess(
  { authorize, state }: { readonly authorize: Authorizer | undefined; readonly state: ClusterState },
  attributes: AuthorizationAttributes,
): void {
  const decision = authorize?.(attributes, state) ?? "allow";
  if (decision !== "allow") throw decision;
}

/** The attributes of a request, as upstream's `RequestInfoFactory` reads them off its URL. */
export function requestAttributes(request: ApiRequest, kind: Kind<KubeObject>, user: User): AuthorizationAttributes {
  const { group, version, plural } = kind;
  const { verb, subresource } = request;
  const name = request.name ?? selectedName(request);
  // A named Namespace is within itself, so that a RoleBinding there can grant it.
  const isNamespace = group === "" && plural === "namespaces";
  const namespace = isNamespace ? name : request.namespace;
  return {
    user,
    verb,
    group,
    version,
    resource: plural,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(request.options?.fieldSelector === undefined ? {} : { fieldSelector: request.options.fieldSelector }),
  };
}

/** A list or watch of one object by its name is a request for that name. */
function selectedName({ options }: ApiRequest): string | undefined {
  const selector = options?.fieldSelector;
  if (selector === undefined || !selector.includes("metadata.name")) return undefined;
  return parseFieldSelector(selector).find(({ field, operator }) => field === "metadata.name" && operator === "=")
    ?.value;
}
