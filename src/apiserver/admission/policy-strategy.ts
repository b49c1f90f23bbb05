import type { ResourceDescriptor, Strategy } from "../../api/index.ts";
import {
  duplicate,
  type FieldError,
  invalid,
  type KubeObject,
  qualifiedNameErrors,
  required,
  tooMany,
} from "../../apimachinery/index.ts";
import type { CelCompiler } from "../cel/compiler.ts";
import { expressionVariables } from "./expression-variables.ts";
import { type Compiled, compileExpression } from "./match-conditions.ts";
import type { MatchRule } from "./match-rules.ts";
import { compilePolicy } from "./policy-program.ts";
import {
  bindingErrors,
  conditionNameErrors,
  policyHeadErrors,
  policyStatusErrors,
  validationTextErrors,
  variableNameErrors,
} from "./policy-shape.ts";
import {
  type AdmissionPolicy,
  type AdmissionPolicyBinding,
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
    validateStatus: policyStatusErrors,
  };
}

function policyErrors({ metadata, spec = {} }: AdmissionPolicy, compiler: CelCompiler): readonly FieldError[] {
  const { matchConditions = [], variables = [], validations = [], auditAnnotations = [] } = spec;
  const program = compilePolicy(spec, compiler);
  return [
    ...policyHeadErrors(spec),
    ...conditionErrors(matchConditions, program.conditions, "spec.matchConditions"),
    ...variables.flatMap(({ name = "" }, index) => [
      ...variableNameErrors(name, `spec.variables[${index}].name`),
      ...statedErrors(program.variables[index], `spec.variables[${index}].expression`, "expression is not specified"),
    ]),
    ...(validations.length === 0 && auditAnnotations.length === 0
      ? ["spec.validations", "spec.auditAnnotations"].map((field) =>
          required(field, "validations or auditAnnotations must contain at least one item"),
        )
      : []),
    ...program.validations.flatMap(({ expression, message, validation }, index) => [
      ...statedErrors(expression, `spec.validations[${index}].expression`, "expression is not specified"),
      ...(message === undefined ? [] : expressionErrors(message, `spec.validations[${index}].messageExpression`)),
      ...validationTextErrors(validation, `spec.validations[${index}]`),
    ]),
    ...auditErrors(metadata.name, auditAnnotations, program.auditAnnotations),
  ];
}

const ANNOTATIONS_MAX = 20;

function auditErrors(
  policy: string,
  annotations: NonNullable<NonNullable<AdmissionPolicy["spec"]>["auditAnnotations"]>,
  programs: readonly Compiled[],
): readonly FieldError[] {
  const keys = annotations.map(({ key = "" }) => key);
  const field = "spec.auditAnnotations";
  return [
    ...(annotations.length > ANNOTATIONS_MAX
      ? [invalid(field, annotations, `must not have more than ${ANNOTATIONS_MAX} auditAnnotations`)]
      : []),
    ...keys.flatMap((key, index) => [
      ...qualifiedNameErrors(`${policy}/${key}`).map((why) =>
        invalid(`${field}[${index}].key`, `${policy}/${key}`, why),
      ),
      ...statedErrors(programs[index], `${field}[${index}].valueExpression`, "valueExpression is not specified"),
      ...(keys.indexOf(key) < index ? [duplicate(`${field}[${index}].key`, key)] : []),
    ]),
  ];
}

const CONDITIONS_MAX = 64;

/** Conditions that decide whether a write is looked at, of a policy or a webhook. */
function conditionErrors(
  conditions: readonly { readonly name?: string }[],
  programs: readonly Compiled[],
  field: string,
): readonly FieldError[] {
  const names = conditions.map(({ name = "" }) => name);
  return [
    ...(conditions.length > CONDITIONS_MAX ? [tooMany(field, conditions.length, CONDITIONS_MAX)] : []),
    ...names.flatMap((name, index) => [
      ...statedErrors(programs[index], `${field}[${index}].expression`),
      ...conditionNameErrors(name, `${field}[${index}].name`),
      ...(name !== "" && names.indexOf(name) < index ? [duplicate(`${field}[${index}].name`, name)] : []),
    ]),
  ];
}

/** An expression that must be there. */
function statedErrors(compiled: Compiled | undefined, field: string, missing = ""): readonly FieldError[] {
  if (compiled === undefined || compiled.expression.trim() === "") return [required(field, missing)];
  return expressionErrors(compiled, field);
}

function expressionErrors({ expression, program }: Compiled, field: string): readonly FieldError[] {
  return typeof program === "string" ? [invalid(field, expression, program)] : [];
}

const BINDING_STRATEGY: Strategy = {
  applyDefaults: (object) => {
    const { spec } = object as AdmissionPolicyBinding;
    const { matchResources } = spec ?? {};
    if (spec === undefined || matchResources === undefined) return object;
    return { ...object, spec: { ...spec, matchResources: completeMatch(matchResources) } } as KubeObject;
  },
  validate: (object) => bindingErrors((object as AdmissionPolicyBinding).spec),
};

type Webhooks = KubeObject & {
  readonly webhooks?: readonly {
    readonly matchConditions?: readonly { readonly name?: string; readonly expression?: string }[];
  }[];
};

function webhookStrategy(strategy: Strategy, compiler: () => CelCompiler): Strategy {
  return {
    ...strategy,
    validate: (object) => [
      ...(strategy.validate?.(object) ?? []),
      ...((object as Webhooks).webhooks ?? []).flatMap(({ matchConditions = [] }, webhook) => {
        const variables = expressionVariables({ hasParams: false });
        const programs = matchConditions.map(({ expression = "" }) =>
          compileExpression(compiler(), expression.trim(), variables, ["bool"]),
        );
        return conditionErrors(matchConditions, programs, `webhooks[${webhook}].matchConditions`);
      }),
    ],
  };
}
