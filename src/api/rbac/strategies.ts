import { type FieldError, pathSegmentNameErrors } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { withDefaults, withField, withItems } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { eachItem, invalid, oneOf, required } from "../validation.ts";
import type { Role, RoleBinding } from "./rbac.ts";

const GROUP = "rbac.authorization.k8s.io";

/** Roles and ClusterRoles: liberal names (`system:node`), rules with verbs. */
export const roleStrategy: Strategy<Role> = {
  validateName: pathSegmentNameErrors,
  validate: (role) =>
    eachItem(role.rules, (rule, index) =>
      (rule.verbs ?? []).length === 0
        ? [required(`rules[${index}].verbs`, "verbs must contain at least one value")]
        : [],
    ),
};

/** RoleBindings and ClusterRoleBindings: the role they grant never changes. */
export const roleBindingStrategy: Strategy<RoleBinding> = {
  applyDefaults: (binding) => {
    const granted = withField(binding, "roleRef", withDefaults(binding.roleRef ?? {}, { apiGroup: GROUP }));
    return withItems(granted, "subjects", (subject) =>
      subject.kind === "ServiceAccount" ? subject : withDefaults(subject, { apiGroup: GROUP }),
    );
  },
  validateName: pathSegmentNameErrors,
  validate: validateBinding,
  validateUpdate: (after, before) =>
    deepEqual(after.roleRef, before.roleRef) ? [] : [invalid("roleRef", after.roleRef, "cannot change roleRef")],
};

function validateBinding(binding: RoleBinding): readonly FieldError[] {
  const kinds = binding.metadata.namespace === undefined ? ["ClusterRole"] : ["ClusterRole", "Role"];
  return [
    ...oneOf("roleRef.kind", binding.roleRef.kind, kinds),
    ...(binding.roleRef.name ? [] : [required("roleRef.name")]),
    ...eachItem(binding.subjects, (subject, index) => [
      ...oneOf(`subjects[${index}].kind`, subject.kind, ["Group", "ServiceAccount", "User"]),
      ...(subject.name ? [] : [required(`subjects[${index}].name`)]),
      ...(subject.kind === "ServiceAccount" && !subject.namespace ? [required(`subjects[${index}].namespace`)] : []),
    ]),
  ];
}
