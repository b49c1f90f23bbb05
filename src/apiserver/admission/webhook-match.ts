import type { Webhook, WebhookConfiguration } from "../../api/index.ts";
import { statusErrors, type Unstructured } from "../../apimachinery/index.ts";
import type { CelCompiler } from "../cel/compiler.ts";
import type { ServerCore } from "../core.ts";
import type { Resource } from "../resource.ts";
import type { Attributes } from "./attributes.ts";
import { expressionVariables, variableValues } from "./expression-variables.ts";
import { type Compiled, compileExpression, evaluateConditions } from "./match-conditions.ts";
import { inVersionOf, matchedResource, namespaceMatches, objectMatches } from "./match-rules.ts";

/** One webhook of a configuration, ready for use. */
export type Hook = {
  readonly webhook: Webhook;
  /** Tells hooks apart, across configurations. */
  readonly uid: string;
  readonly conditions: readonly Compiled[];
};

/** A webhook that is to be asked, and what about. */
export type Invocation = {
  readonly hook: Hook;
  /** The version its rules speak of. */
  readonly target: Resource;
  readonly object: Unstructured | undefined;
  readonly oldObject: Unstructured | undefined;
};

/** The hooks of configurations, in order of their names; each configuration is read once. */
export class HookList {
  readonly #known = new WeakMap<object, readonly Hook[]>();

  of(configurations: readonly WebhookConfiguration[], compiler: () => CelCompiler): readonly Hook[] {
    return configurations.flatMap((configuration) => {
      let hooks = this.#known.get(configuration);
      if (hooks === undefined) {
        hooks = hooksOf(configuration, compiler);
        this.#known.set(configuration, hooks);
      }
      return hooks;
    });
  }
}

function hooksOf(configuration: WebhookConfiguration, compiler: () => CelCompiler): readonly Hook[] {
  const { name, uid = name } = configuration.metadata;
  return (configuration.webhooks ?? []).map((webhook, index) => {
    const { matchConditions = [] } = webhook;
    const variables = matchConditions.length === 0 ? undefined : expressionVariables({ hasParams: false });
    return {
      webhook,
      uid: `${uid}/${index}/${webhook.name}`,
      conditions: matchConditions.map(({ expression }) =>
        compileExpression(compiler(), expression, variables ?? new Map(), ["bool"]),
      ),
    };
  });
}

/** Whether a webhook is to be asked about a write, and in which version; throws when its conditions fail to say. */
export function invocationOf(hook: Hook, attributes: Attributes, core: ServerCore): Invocation | undefined {
  const { rules = [], matchPolicy, namespaceSelector, objectSelector, failurePolicy } = hook.webhook;
  const target = matchedResource(rules, matchPolicy, attributes, core);
  if (target === undefined) return undefined;
  if (!namespaceMatches(namespaceSelector, attributes, core) || !objectMatches(objectSelector, attributes))
    return undefined;
  const object = inVersionOf(target, attributes, attributes.object);
  const oldObject = inVersionOf(target, attributes, attributes.oldObject);
  if (hook.conditions.length > 0) {
    const variable = variableValues({ attributes, core, target, object, oldObject });
    // Upstream gives the conditions of webhooks a namespace of which nothing is known.
    const known = (name: string): unknown => (name === "namespaceObject" ? {} : variable(name));
    const { matches, error } = evaluateConditions(hook.conditions, known, failurePolicy);
    if (error !== undefined) throw statusErrors.forbidden(attributes.resource.kind, attributes.name, error);
    if (!matches) return undefined;
  }
  return { hook, target, object, oldObject };
}
