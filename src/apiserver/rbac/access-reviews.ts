import { type FieldError, getPath, statusErrors, type Unstructured } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import type { AuthorizationAttributes } from "../authorization.ts";
import type { Call } from "../core.ts";
import { withoutName } from "../metadata.ts";
import { nodeOf } from "../nodes/node-identity.ts";
import type { User } from "../request.ts";
import { localErrors, metadataErrors, reviewErrors, subjectErrors } from "./access-review-errors.ts";
import { aggregate, type Decision, type HeldRule } from "./rights.ts";

const GROUP = "authorization.k8s.io";

/** May I? */
export function selfSubjectAccessReview(call: Call, object: Unstructured): Unstructured {
  check([...reviewErrors(object), ...metadataErrors(object, false)]);
  return answered(call, object, call.user);
}

/** May they? */
export function subjectAccessReview(call: Call, object: Unstructured): Unstructured {
  const subject = subjectOf(object);
  check([...aboutSubject(object, subject), ...metadataErrors(object, false)]);
  return answered(call, object, subject);
}

/** May they, in this namespace? */
export function localSubjectAccessReview(call: Call, object: Unstructured): Unstructured {
  const subject = subjectOf(object);
  check([...aboutSubject(object, subject), ...metadataErrors(object, true), ...localErrors(object)]);
  return answered(call, object, subject);
}

function aboutSubject(object: Unstructured, { name, groups }: User): readonly FieldError[] {
  return [...reviewErrors(object), ...subjectErrors(name, groups)];
}

/** What may I do in this namespace? Without roles to read the answer is honest about being incomplete. */
export function selfSubjectRulesReview(call: Call, object: Unstructured): Unstructured {
  const namespace = getPath(object, ["spec", "namespace"]);
  if (typeof namespace !== "string" || namespace === "") throw statusErrors.badRequest("no namespace on request");
  const { access, authorize } = call.core;
  if (access === undefined) return { ...object, status: rulesWithoutRoles(authorize === undefined) };
  const { rules, errors: found } = access.heldBy(call.user, namespace);
  // The node authorizer decides by what a node's pods use: there are no rules to tell.
  const errors = nodeOf(call.user) === undefined ? found : [...found, NO_RULES_OF_NODES];
  const status = {
    resourceRules: rules.flatMap(resourceRule),
    nonResourceRules: rules.flatMap(({ rule }) =>
      (rule.nonResourceURLs ?? []).length === 0 ? [] : [{ verbs: rule.verbs, nonResourceURLs: rule.nonResourceURLs }],
    ),
    incomplete: errors.length > 0,
    ...(errors.length === 0 ? {} : { evaluationError: aggregate(errors) }),
  };
  return { ...withoutName(object), spec: {}, status };
}

const NO_RULES_OF_NODES = "node authorizer does not support user rule resolution";

function resourceRule({ rule }: HeldRule): readonly object[] {
  const { verbs, apiGroups = [], resources = [], resourceNames } = rule;
  if (resources.length === 0) return [];
  return [{ verbs, apiGroups, resources, ...(resourceNames === undefined ? {} : { resourceNames }) }];
}

function rulesWithoutRoles(isOpen: boolean): object {
  const all = ["*"];
  return {
    resourceRules: isOpen ? [{ verbs: all, apiGroups: all, resources: all }] : [],
    nonResourceRules: isOpen ? [{ verbs: all, nonResourceURLs: all }] : [],
    incomplete: !isOpen,
  };
}

function answered(call: Call, object: Unstructured, user: User): Unstructured {
  const { allowed, reason } = decide(call, attributesOf(object.spec, user));
  const status = reason === "" ? { allowed } : { allowed, reason };
  return { ...withoutName(object), status };
}

function decide({ core }: Call, attributes: AuthorizationAttributes): Decision {
  if (core.access !== undefined) return core.access.decide(attributes);
  const decision = core.authorize?.(attributes, core.state) ?? "allow";
  return decision === "allow" ? { allowed: true, reason: "" } : { allowed: false, reason: decision.message };
}

function subjectOf(object: Unstructured): User {
  const spec = isRecord(object.spec) ? object.spec : {};
  const { user, groups, uid, extra } = spec;
  return {
    name: typeof user === "string" ? user : "",
    groups: Array.isArray(groups) ? groups.map(String) : [],
    ...(typeof uid === "string" && uid !== "" ? { uid } : {}),
    ...(isRecord(extra) ? { extra: extra as NonNullable<User["extra"]> } : {}),
  };
}

function attributesOf(spec: unknown, user: User): AuthorizationAttributes {
  const path = getPath(spec, ["nonResourceAttributes", "path"]);
  if (isRecord(getPath(spec, ["nonResourceAttributes"]))) {
    const verb = String(getPath(spec, ["nonResourceAttributes", "verb"]) ?? "");
    return { user, verb, group: "", version: "", resource: "", path: typeof path === "string" ? path : "" };
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

/** Upstream does not name the kind here. */
function check(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw statusErrors.invalid({ group: GROUP, kind: "" }, "", errors);
}
