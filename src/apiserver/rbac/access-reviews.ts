import { type FieldError, getPath, statusErrors, type Unstructured } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import type { AuthorizationAttributes } from "../authorization.ts";
import type { Call } from "../core.ts";
import { withoutName } from "../metadata.ts";
import type { User } from "../request.ts";
import { aggregate, type Decision, type HeldRule } from "./rights.ts";

const GROUP = "authorization.k8s.io";

/** May I? */
export function selfSubjectAccessReview(call: Call, object: Unstructured): Unstructured {
  checkSpec(specErrors(object));
  return answered(call, object, call.user);
}

/** May they? */
export function subjectAccessReview(call: Call, object: Unstructured): Unstructured {
  checkSpec([...specErrors(object), ...subjectErrors(object)]);
  return answered(call, object, subjectOf(object));
}

/** May they, in this namespace? */
export function localSubjectAccessReview(call: Call, object: Unstructured): Unstructured {
  const { namespace = "" } = call.request;
  const stated = getPath(object, ["spec", "resourceAttributes", "namespace"]);
  const wrong: readonly FieldError[] =
    stated === namespace
      ? []
      : [
          {
            type: "FieldValueInvalid",
            field: "spec.resourceAttributes.namespace",
            value: stated ?? "",
            detail: `must match metadata.namespace`,
          },
        ];
  checkSpec([...specErrors(object), ...subjectErrors(object), ...wrong]);
  return answered(call, object, subjectOf(object));
}

/** What may I do in this namespace? Without roles to read the answer is honest about being incomplete. */
export function selfSubjectRulesReview(call: Call, object: Unstructured): Unstructured {
  const namespace = getPath(object, ["spec", "namespace"]);
  if (typeof namespace !== "string" || namespace === "") throw statusErrors.badRequest("no namespace on request");
  const { access, authorize } = call.core;
  if (access === undefined) return { ...object, status: rulesWithoutRoles(authorize === undefined) };
  const { rules, errors } = access.heldBy(call.user, namespace);
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
function checkSpec(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw statusErrors.invalid({ group: GROUP, kind: "" }, "", errors);
}

function specErrors(object: Unstructured): readonly FieldError[] {
  const hasResource = isRecord(getPath(object, ["spec", "resourceAttributes"]));
  const hasPath = isRecord(getPath(object, ["spec", "nonResourceAttributes"]));
  if (hasResource && hasPath)
    return [
      {
        type: "FieldValueInvalid",
        field: "spec.nonResourceAttributes",
        value: {
          Path: getPath(object, ["spec", "nonResourceAttributes", "path"]) ?? "",
          Verb: getPath(object, ["spec", "nonResourceAttributes", "verb"]) ?? "",
        },
        detail: "cannot be specified in combination with resourceAttributes",
      },
    ];
  if (hasResource || hasPath) return [];
  return [
    {
      type: "FieldValueInvalid",
      field: "spec.resourceAttributes",
      value: null,
      detail: "exactly one of nonResourceAttributes or resourceAttributes must be specified",
    },
  ];
}

function subjectErrors(object: Unstructured): readonly FieldError[] {
  const { name, groups } = subjectOf(object);
  if (name !== "" || groups.length > 0) return [];
  return [
    {
      type: "FieldValueInvalid",
      field: "spec.user",
      value: "",
      detail: "at least one of user or group must be specified",
    },
  ];
}
