import { groupResource, type StatusError, statusErrors } from "../apimachinery/index.ts";
import type { ClusterState } from "./admission.ts";
import type { User } from "./request.ts";

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
};

/** Decides whether a request may go on. The error it returns is the answer; see {@link accessDenied}. */
export type Authorizer = (attributes: AuthorizationAttributes, state: ClusterState) => "allow" | StatusError;

/** The 403 of Kubernetes' RBAC authorizer (`k8s.io/apiserver/pkg/endpoints/handlers/responsewriters.Forbidden`). */
export function accessDenied(attributes: AuthorizationAttributes): StatusError {
  const { user, verb, group, resource, subresource, namespace, name, path } = attributes;
  if (path !== undefined)
    return statusErrors.forbidden(
      { group: "", plural: "" },
      "",
      `User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(path)}`,
    );
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  const subject = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(what)}`;
  const plural = subresource === undefined ? resource : `${groupResource({ group, plural: resource })}/${subresource}`;
  return statusErrors.forbidden(
    subresource === undefined ? { group, plural } : { group: "", plural },
    name ?? "",
    `${subject} in API group ${JSON.stringify(group)} ${where}`,
  );
}
