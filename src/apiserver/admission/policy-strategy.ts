import type { ResourceDescriptor, Strategy } from "../../api/index.ts";
import type { FieldError, KubeObject } from "../../apimachinery/index.ts";
import type { CelCompiler } from "../cel/compiler.ts";
import { invalid, notSupported, required } from "../crd/findings.ts";
import { expressionVariables } from "./expression-variables.ts";
import { type Compiled, compileExpression } from "./match-conditions.ts";
import type { MatchRule } from "./match-rules.ts";
import { compilePolicy } from "./policy-program.ts";
import {
  type AdmissionPolicy,
  type AdmissionPolicyBinding,
  type BindingSpec,
  type MatchResources,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "./policy-types.ts";

/** Gives the kinds of admission what they need a compiler for: defaults and checks of their expressions. */
export function withAdmissionStrategy(descriptor: ResourceDescriptor, compiler: () => CelCompiler): ResourceDescriptor {
  const { group, plural } = descriptor.kind;
  if (group !== ValidatingAdmissionPolicy.group) return descriptor;
  switch (plural) {
    case ValidatingAdmissionPolicy.plural:
      return { ...descriptor, strategy: { ...descriptor.strategy, ...policyStrategy(compiler) } };
    case ValidatingAdmissionPolicyBinding.plural:
      return { ...descriptor, strategy: { ...descriptor.strategy, ...BINDING_STRATEGY } };
    default:
      return { ...descriptor, strategy: webhookStrategy(descriptor.strategy ?? {}, compiler) };
  }
}

const SELECTORS = { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} };

function completeMatch(match: MatchResources): MatchResources {
  const scoped = (rules: readonly MatchRule[]): readonly MatchRule[] => rules.map((rule) => ({ scope: "*", ...rule }));
  const { resourceRules, excludeResourceRules } = match;
  return {
    ...SELECTORS,
    ...match,
    ...(resourceRules === undefined ? {} : { resourceRules: scoped(resourceRules) }),
    ...(excludeResourceRules === undefined ? {} : { excludeResourceRules: scoped(excludeResourceRules) }),
  };
}

function policyStrategy(compiler: () => CelCompiler): Strategy {
  return {
    applyDefaults: (object) => {
      const { spec } = object as AdmissionPolicy;
      if (spec === undefined) return object;
      const { matchConstraints } = spec;
      const complete = {
        failurePolicy: "Fail",
        ...spec,
        ...(matchConstraints === undefined ? {} : { matchConstraints: completeMatch(matchConstraints) }),
      };
      return { ...object, spec: complete } as KubeObject;
    },
    validate: (object) => policyErrors(object as AdmissionPolicy, compiler()),
  };
}

function policyErrors({ spec }: AdmissionPolicy, compiler: CelCompiler): readonly FieldError[] {
  if (spec === undefined) return [required("spec")];
  const { failurePolicy, matchConstraints, validations = [], auditAnnotations = [] } = spec;
  const program = compilePolicy(spec, compiler);
  return [
    ...(failurePolicy === undefined || failurePolicy === "Fail" || failurePolicy === "Ignore"
      ? []
      : [notSupported("spec.failurePolicy", failurePolicy, ["Fail", "Ignore"])]),
    ...(validations.length === 0 && auditAnnotations.length === 0
      ? ["spec.validations", "spec.auditAnnotations"].map((field) =>
          required(field, "validations or auditAnnotations must contain at least one item"),
        )
      : []),
    ...((matchConstraints?.resourceRules ?? []).length === 0
      ? [required(matchConstraints === undefined ? "spec.matchConstraints" : "spec.matchConstraints.resourceRules")]
      : []),
    ...program.variables.flatMap((variable, index) =>
      expressionErrors(variable, `spec.variables[${index}].expression`),
    ),
    ...program.conditions.flatMap((one, index) => expressionErrors(one, `spec.matchConditions[${index}].expression`)),
    ...program.validations.flatMap(({ expression, message, validation }, index) => [
      ...((validation.expression ?? "").trim() === ""
        ? [required(`spec.validations[${index}].expression`, "expression is not specified")]
        : expressionErrors(expression, `spec.validations[${index}].expression`)),
      ...(validation.reason === undefined || REASONS.includes(validation.reason)
        ? []
        : [notSupported(`spec.validations[${index}].reason`, validation.reason, REASONS)]),
      ...(message === undefined ? [] : expressionErrors(message, `spec.validations[${index}].messageExpression`)),
    ]),
    ...program.auditAnnotations.flatMap((one, index) =>
      expressionErrors(one, `spec.auditAnnotations[${index}].valueExpression`),
    ),
  ];
}

function expressionErrors({ expression, program }: Compiled, field: string): readonly FieldError[] {
  return typeof program === "string" ? [invalid(field, expression, program)] : [];
}

const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const ACTIONS = ["Audit", "Deny", "Warn"];

const BINDING_STRATEGY: Strategy = {
  applyDefaults: (object) => {
    const { spec } = object as AdmissionPolicyBinding;
    const { matchResources } = spec ?? {};
    if (spec === undefined || matchResources === undefined) return object;
    return { ...object, spec: { ...spec, matchResources: completeMatch(matchResources) } } as KubeObject;
  },
  validate: (object) => bindingErrors((object as AdmissionPolicyBinding).spec),
};

function bindingErrors(spec: BindingSpec | undefined): readonly FieldError[] {
  if (spec === undefined) return [required("spec")];
  const { policyName, validationActions = [], paramRef } = spec;
  const hasBoth = validationActions.includes("Deny") && validationActions.includes("Warn");
  return [
    ...(policyName ? [] : [required("spec.policyName")]),
    ...(paramRef !== undefined && (paramRef.name ? 1 : 0) + (paramRef.selector === undefined ? 0 : 1) !== 1
      ? [
          paramRef.name
            ? {
                type: "FieldValueForbidden" as const,
                field: "spec.paramRef.name",
                detail: "name and selector are mutually exclusive",
              }
            : required("spec.paramRef", "one of name or selector must be specified"),
        ]
      : []),
    ...(validationActions.length === 0
      ? [required("spec.validationActions", "at least one validation action is required")]
      : []),
    ...validationActions.flatMap((action, index) =>
      ACTIONS.includes(action) ? [] : [notSupported(`spec.validationActions[${index}]`, action, ACTIONS)],
    ),
    ...(hasBoth
      ? [
          invalid(
            "spec.validationActions",
            validationActions,
            "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)",
          ),
        ]
      : []),
  ];
}

type Webhooks = KubeObject & {
  readonly webhooks?: readonly { readonly matchConditions?: readonly { readonly expression?: string }[] }[];
};

function webhookStrategy(strategy: Strategy, compiler: () => CelCompiler): Strategy {
  return {
    ...strategy,
    validate: (object) => [
      ...(strategy.validate?.(object) ?? []),
      ...((object as Webhooks).webhooks ?? []).flatMap(({ matchConditions = [] }, webhook) =>
        matchConditions.flatMap(({ expression = "" }, index) => {
          const field = `webhooks[${webhook}].matchConditions[${index}].expression`;
          const variables = expressionVariables({ hasParams: false });
          return expressionErrors(compileExpression(compiler(), expression, variables, ["bool"]), field);
        }),
      ),
    ],
  };
}
