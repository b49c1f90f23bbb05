import type { Overload } from "../declaration.ts";
import { authorizerFunctions } from "./authorizer.ts";
import { conversions } from "./conversions.ts";
import { formatFunctions } from "./formats.ts";
import { listFunctions } from "./lists.ts";
import { networkFunctions } from "./network.ts";
import { operators } from "./operators.ts";
import { optionalFunctions } from "./optionals.ts";
import { quantityFunctions } from "./quantities.ts";
import { stringFunctions } from "./strings.ts";
import { timeFunctions } from "./time.ts";

/** Every function expressions may call, by name: CEL's own and Kubernetes' (`k8s.io/apiserver/pkg/cel/environment`). */
export function functionLibrary(): ReadonlyMap<string, readonly Overload[]> {
  const functions = new Map<string, Overload[]>();
  const all = [
    operators(),
    conversions(),
    stringFunctions(),
    listFunctions(),
    timeFunctions(),
    networkFunctions(),
    quantityFunctions(),
    formatFunctions(),
    optionalFunctions(),
    authorizerFunctions(),
  ];
  for (const overload of all.flat()) {
    const known = functions.get(overload.name);
    if (known === undefined) functions.set(overload.name, [overload]);
    else known.push(overload);
  }
  return functions;
}
