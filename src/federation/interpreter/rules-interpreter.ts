import type { Unstructured } from "../../apimachinery/index.ts";
import type { Interpreter, KindRules } from "./interpreter.ts";
import { nativeRules } from "./native/rules.ts";

/** An interpreter over tables of rules by `apiVersion/kind`: of each operation, the first table that has it decides. */
function interpreterOf(tables: readonly ReadonlyMap<string, KindRules>[]): Interpreter {
  const ruleFor = <O extends keyof KindRules>(object: Unstructured, operation: O): KindRules[O] | undefined => {
    const key = `${object.apiVersion}/${object.kind}`;
    for (const table of tables) {
      const rule = table.get(key)?.[operation];
      if (rule !== undefined) return rule;
    }
    return undefined;
  };
  return {
    replicas: (template) => ruleFor(template, "replicas")?.(template),
    reviseReplica: (template, replicas) => ruleFor(template, "reviseReplica")?.(template, replicas) ?? template,
    retain: (desired, observed) => ruleFor(desired, "retain")?.(desired, observed) ?? desired,
    aggregateStatus: (template, items) => ruleFor(template, "aggregateStatus")?.(template, items) ?? template,
    reflectStatus: (object) => {
      const rule = ruleFor(object, "reflectStatus");
      return rule === undefined ? object.status : rule(object);
    },
    health: (object) => ruleFor(object, "health")?.(object) ?? "Healthy",
    dependencies: (object) => ruleFor(object, "dependencies")?.(object) ?? [],
  };
}

/** Karmada's native interpreter; `customizations` come before it, the first of them foremost. */
export function nativeInterpreter(customizations: readonly ReadonlyMap<string, KindRules>[] = []): Interpreter {
  return interpreterOf([...customizations, nativeRules]);
}
