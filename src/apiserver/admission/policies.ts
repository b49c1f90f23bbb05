import { StatusError, type StatusReason, statusErrors } from "../../apimachinery/index.ts";
import type { CelCompiler } from "../cel/compiler.ts";
import type { Call, ServerCore } from "../core.ts";
import type { Resource } from "../resource.ts";
import type { Attributes } from "./attributes.ts";
import { variableValues } from "./expression-variables.ts";
import { inVersionOf, matchedResource, namespaceMatches, objectMatches } from "./match-rules.ts";
import { paramsOf } from "./policy-params.ts";
import { compilePolicy, type Denial, evaluatePolicy, type PolicyProgram } from "./policy-program.ts";
import type { AdmissionPolicy, AdmissionPolicyBinding, MatchResources } from "./policy-types.ts";

/** A denial by a policy, or by one of its bindings. */
type Decision = Denial & { readonly policy: string; readonly binding: string | undefined };

/** Compiled policies, each as long as it stays as it is. */
export class PolicyPrograms {
  readonly #known = new WeakMap<AdmissionPolicy, PolicyProgram>();

  of(policy: AdmissionPolicy, compiler: CelCompiler): PolicyProgram {
    let program = this.#known.get(policy);
    if (program === undefined) {
      program = compilePolicy(policy.spec ?? {}, compiler);
      this.#known.set(policy, program);
    }
    return program;
  }
}

/** ValidatingAdmissionPolicies and their bindings (`k8s.io/apiserver/pkg/admission/plugin/policy/validating`). */
export function validateByPolicies(
  call: Call,
  attributes: Attributes,
  configured: {
    readonly policies: readonly AdmissionPolicy[];
    readonly bindings: readonly AdmissionPolicyBinding[];
    readonly programs: PolicyPrograms;
  },
): void {
  const { core } = call;
  const denied: Decision[] = [];
  for (const policy of configured.policies) {
    const { name } = policy.metadata;
    const bindings = configured.bindings.filter(({ spec }) => spec?.policyName === name);
    if (bindings.length === 0) continue;
    const target = matched(policy.spec?.matchConstraints, attributes, core, "required");
    if (target === undefined) continue;
    const program = configured.programs.of(policy, core.pool.rules.expressions);
    for (const binding of bindings) denied.push(...decisionsOf(call, attributes, { policy, program, binding, target }));
  }
  const [first] = denied;
  if (first !== undefined) throw refusal(attributes, first);
}

function matched(
  criteria: MatchResources | undefined,
  attributes: Attributes,
  core: ServerCore,
  rules: "required" | "optional",
): Resource | undefined {
  const {
    resourceRules = [],
    excludeResourceRules = [],
    matchPolicy,
    namespaceSelector,
    objectSelector,
  } = criteria ?? {};
  if (matchedResource(excludeResourceRules, matchPolicy, attributes, core) !== undefined) return undefined;
  const target =
    resourceRules.length === 0 && rules === "optional"
      ? attributes.resource
      : matchedResource(resourceRules, matchPolicy, attributes, core);
  if (target === undefined) return undefined;
  const isSelected = namespaceMatches(namespaceSelector, attributes, core) && objectMatches(objectSelector, attributes);
  return isSelected ? target : undefined;
}

/** What one binding makes of a write: denials to come back with; warnings are given on the spot, audits nobody reads. */
function decisionsOf(
  call: Call,
  attributes: Attributes,
  {
    policy,
    program,
    binding,
    target,
  }: {
    readonly policy: AdmissionPolicy;
    readonly program: PolicyProgram;
    readonly binding: AdmissionPolicyBinding;
    readonly target: Resource;
  },
): readonly Decision[] {
  const { core } = call;
  if (matched(binding.spec?.matchResources, attributes, core, "optional") === undefined) return [];
  const names = { policy: policy.metadata.name, binding: binding.metadata.name };
  const params = paramsOf(program.spec, binding.spec?.paramRef, attributes, core);
  if (typeof params === "string") {
    if (program.spec.failurePolicy === "Ignore") return [];
    return [{ ...names, message: `failed to configure binding: ${params}`, reason: "Invalid" }];
  }
  const object = inVersionOf(target, attributes, attributes.object);
  const oldObject = inVersionOf(target, attributes, attributes.oldObject);
  const values = variableValues({ attributes, core, target, object, oldObject });
  const denials = params.flatMap((param) =>
    evaluatePolicy(program, (name) => (name === "params" ? param : values(name))),
  );
  const actions = binding.spec?.validationActions ?? [];
  if (actions.includes("Warn"))
    for (const { message } of denials)
      call.warnings?.push(
        `Validation failed for ValidatingAdmissionPolicy '${names.policy}' with binding '${names.binding}': ${message}`,
      );
  return actions.includes("Deny") ? denials.map((denial) => ({ ...denial, ...names })) : [];
}

const CODES: Readonly<Record<string, number>> = { Forbidden: 403, RequestEntityTooLarge: 413 };

function refusal({ resource, name }: Attributes, { policy, binding, message, reason }: Decision): StatusError {
  const by = binding === undefined ? "" : ` with binding '${binding}'`;
  const text = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${message}`;
  const { status } = statusErrors.forbidden(resource.kind, name, text);
  const causes = [...(status.details?.causes ?? []), { message: text }];
  return new StatusError({
    ...status,
    reason: reason as StatusReason,
    code: CODES[reason] ?? 422,
    details: { ...status.details, causes },
  });
}
