import { Pod } from "../api/index.ts";
import { getPath, type KubeObject, type Status, statusErrors, type Unstructured } from "../apimachinery/index.ts";
import { isRecord } from "../std/index.ts";
import type { AuthorizationAttributes } from "./authorization.ts";
import type { Call } from "./core.ts";
import { bind } from "./subresources/binding.ts";

/** Answers a create of a kind that is asked, not stored. */
export type ReviewHandler = (call: Call, object: Unstructured) => KubeObject | Status;

/** The reviews this server answers itself, by group and plural. */
export const BUILT_IN_REVIEWS: Readonly<Record<string, ReviewHandler>> = {
  "authorization.k8s.io/selfsubjectaccessreviews": selfSubjectAccessReview,
  "authorization.k8s.io/selfsubjectrulesreviews": selfSubjectRulesReview,
  "authorization.k8s.io/subjectaccessreviews": subjectAccessReview,
  "authorization.k8s.io/localsubjectaccessreviews": subjectAccessReview,
  "authentication.k8s.io/selfsubjectreviews": selfSubjectReview,
  "/bindings": bindPod,
};

/** POST of a Binding to its own collection: the older way to `pods/binding`. */
function bindPod(call: Call, object: Unstructured): Status {
  const pods = call.core.registry.lookup(Pod);
  if (pods === undefined) throw statusErrors.noSuchPath();
  const request = { ...call.request, kind: Pod, subresource: "binding", name: object.metadata.name, object };
  return bind({ ...call, resource: pods, request });
}

function selfSubjectAccessReview(call: Call, object: Unstructured): Unstructured {
  return decided(call, object, attributesOf(object.spec, call.user));
}

function subjectAccessReview(call: Call, object: Unstructured): Unstructured {
  const name = getPath(object, ["spec", "user"]);
  const groups = getPath(object, ["spec", "groups"]);
  const user = {
    name: typeof name === "string" ? name : "",
    groups: Array.isArray(groups) ? groups.map(String) : [],
  };
  return decided(call, object, attributesOf(object.spec, user));
}

function decided(call: Call, object: Unstructured, attributes: AuthorizationAttributes): Unstructured {
  const decision = call.core.authorize?.(attributes, call.core.state) ?? "allow";
  const status = decision === "allow" ? { allowed: true } : { allowed: false, reason: decision.message };
  return { ...object, metadata: object.metadata ?? { name: "" }, status };
}

function attributesOf(spec: unknown, user: AuthorizationAttributes["user"]): AuthorizationAttributes {
  const path = getPath(spec, ["nonResourceAttributes", "path"]);
  if (typeof path === "string") {
    const verb = String(getPath(spec, ["nonResourceAttributes", "verb"]) ?? "");
    return { user, verb, group: "", version: "", resource: "", path };
  }
  const stated = getPath(spec, ["resourceAttributes"]);
  const read = (field: string): string => {
    const value = isRecord(stated) ? stated[field] : undefined;
    return typeof value === "string" ? value : "";
  };
  return {
    user,
    verb: read("verb"),
    group: read("group"),
    version: read("version"),
    resource: read("resource"),
    ...(read("subresource") === "" ? {} : { subresource: read("subresource") }),
    ...(read("namespace") === "" ? {} : { namespace: read("namespace") }),
    ...(read("name") === "" ? {} : { name: read("name") }),
  };
}

/** Without knowledge of an authorizer's rules the answer is honest about being incomplete, unless everything is allowed. */
function selfSubjectRulesReview(call: Call, object: Unstructured): Unstructured {
  const open = call.core.authorize === undefined;
  const all = ["*"];
  const status = {
    resourceRules: open ? [{ verbs: all, apiGroups: all, resources: all }] : [],
    nonResourceRules: open ? [{ verbs: all, nonResourceURLs: all }] : [],
    incomplete: !open,
  };
  return { ...object, status };
}

function selfSubjectReview(call: Call, object: Unstructured): Unstructured {
  const { name, uid, groups, extra } = call.user;
  const userInfo = {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined ? {} : { extra }),
  };
  const metadata = { ...object.metadata, creationTimestamp: call.core.timestamp() };
  return { ...object, metadata, status: { userInfo } };
}
