import {
  dns1123SubdomainErrors,
  type LabelSelector,
  pathSegmentNameErrors,
  validateLabelSelector,
} from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { withDefaults, withField, withItems } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { asGoStruct, type GoStructs } from "../go-structs.ts";
import {
  eachItem,
  type Findings,
  invalid,
  invalidFor,
  NOTHING,
  notSupported,
  oneOf,
  required,
  requiredAnd,
} from "../validation.ts";
import type { ClusterRole, PolicyRule, Role, RoleBinding, Subject } from "./rbac.ts";

const GROUP = "rbac.authorization.k8s.io";

/** Roles and ClusterRoles: liberal names (`system:node`), rules with verbs. */
export const roleStrategy: Strategy<Role> = {
  validateName: pathSegmentNameErrors,
  validate: (role) => {
    const { metadata, rules, aggregationRule } = role as ClusterRole;
    return [
      ...eachItem(rules, (rule, index) => checkRule(rule, `rules[${index}]`, metadata.namespace !== undefined)),
      ...(aggregationRule === undefined ? NOTHING : checkAggregation(aggregationRule.clusterRoleSelectors ?? [])),
    ];
  },
};

function checkAggregation(selectors: readonly LabelSelector[]): Findings {
  const field = "aggregationRule.clusterRoleSelectors";
  return [
    ...(selectors.length === 0
      ? [required(field, "at least one clusterRoleSelector required if aggregationRule is non-nil")]
      : NOTHING),
    ...eachItem(selectors, (selector, index) => {
      const wrong = validateLabelSelector(selector, `${field}[${index}]`);
      return wrong.length === 0 ? NOTHING : [...wrong, invalid(`${field}[${index}]`, null, "invalid label selector.")];
    }),
  ];
}

function checkRule(rule: PolicyRule, path: string, namespaced: boolean): Findings {
  const { verbs = [], nonResourceURLs: urls = [], apiGroups = [], resources = [], resourceNames = [] } = rule;
  const verbless = verbs.length === 0 ? [required(`${path}.verbs`, "verbs must contain at least one value")] : NOTHING;
  if (urls.length > 0)
    return [
      ...verbless,
      ...(namespaced
        ? [invalid(`${path}.nonResourceURLs`, urls, "namespaced rules cannot apply to non-resource URLs")]
        : NOTHING),
      ...(apiGroups.length + resources.length + resourceNames.length > 0
        ? [
            invalid(
              `${path}.nonResourceURLs`,
              urls,
              "rules cannot apply to both regular resources and non-resource URLs",
            ),
          ]
        : NOTHING),
    ];
  return [
    ...verbless,
    ...(apiGroups.length === 0
      ? [required(`${path}.apiGroups`, "resource rules must supply at least one api group")]
      : NOTHING),
    ...(resources.length === 0
      ? [required(`${path}.resources`, "resource rules must supply at least one resource")]
      : NOTHING),
  ];
}

/** RoleBindings and ClusterRoleBindings: the role they grant never changes. */
export const roleBindingStrategy: Strategy<RoleBinding> = {
  applyDefaults: (binding) => {
    // Go sends this field even when it is empty.
    const { apiGroup = "" } = binding.roleRef ?? {};
    const granted = apiGroup === "" ? withField(binding, "roleRef", { ...binding.roleRef, apiGroup: GROUP }) : binding;
    return withItems(granted, "subjects", (subject) =>
      subject.kind === "User" || subject.kind === "Group" ? withDefaults(subject, { apiGroup: GROUP }) : subject,
    );
  },
  validateName: pathSegmentNameErrors,
  validate: validateBinding,
  validateUpdate: (after, before) =>
    deepEqual(after.roleRef, before.roleRef)
      ? NOTHING
      : [invalid("roleRef", asGoStruct(STRUCTS, "RoleRef", after.roleRef), "cannot change roleRef")],
};

const STRUCTS: GoStructs = { RoleRef: "APIGroup Kind Name" };

function validateBinding({ metadata, roleRef, subjects }: RoleBinding): Findings {
  const namespaced = metadata.namespace !== undefined;
  const { apiGroup, kind, name } = roleRef;
  return [
    ...oneOf("roleRef.apiGroup", apiGroup, [GROUP]),
    ...oneOf("roleRef.kind", kind, namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"]),
    ...requiredAnd("roleRef.name", name, pathSegmentNameErrors),
    ...eachItem(subjects, (subject, index) => checkSubject(subject, `subjects[${index}]`, namespaced)),
  ];
}

function checkSubject(
  { kind, name = "", apiGroup = "", namespace = "" }: Subject,
  path: string,
  namespaced: boolean,
): Findings {
  const nameless = name === "" ? [required(`${path}.name`)] : NOTHING;
  if (kind === "ServiceAccount")
    return [
      ...nameless,
      ...(name === "" ? NOTHING : invalidFor(`${path}.name`, name, dns1123SubdomainErrors(name))),
      ...(apiGroup === "" ? NOTHING : [notSupported(`${path}.apiGroup`, apiGroup, [""])]),
      ...(!namespaced && namespace === "" ? [required(`${path}.namespace`)] : NOTHING),
    ];
  if (kind !== "User" && kind !== "Group")
    return [...nameless, notSupported(`${path}.kind`, kind ?? "", ["ServiceAccount", "User", "Group"])];
  return [
    ...nameless,
    ...(name === "" ? [invalid(`${path}.name`, name, `${kind.toLowerCase()} name cannot be empty`)] : NOTHING),
    ...oneOf(`${path}.apiGroup`, apiGroup, [GROUP]),
  ];
}
