import type { Ingress, IngressBackend, IngressClass, IngressPath } from "../api/index.ts";
import { compareText } from "../std/index.ts";

/** The controller that the simulated edge of a cluster stands for. */
const INGRESS_CONTROLLER = "k8s.io/ingress-nginx";

const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
const DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class";
const CONVENTIONAL_CLASS = "nginx";

/** Where a request goes: to a backend of an Ingress, by the rule that says so. */
export type IngressMatch = {
  readonly ingress: Ingress;
  readonly backend: IngressBackend;
  readonly host: string;
  readonly path: string;
};

/**
 * Whether the cluster's own ingress controller serves an Ingress: its class is one of that controller's, or it names none and
 * no other class is the default (`--watch-ingress-without-class`, as kind's manifest has it).
 */
export function isServedIngress(ingress: Ingress, classes: readonly IngressClass[]): boolean {
  const named = ingress.spec.ingressClassName ?? ingress.metadata.annotations?.[CLASS_ANNOTATION];
  if (named === undefined || named === "") {
    const standard = classes.find(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === "true");
    return standard === undefined || standard.spec?.controller === INGRESS_CONTROLLER;
  }
  const found = classes.find(({ metadata }) => metadata.name === named);
  return found === undefined ? named === CONVENTIONAL_CLASS : found.spec?.controller === INGRESS_CONTROLLER;
}

/**
 * Finds the backend of a request among Ingresses: the rules of its very host before those of a wildcard before those of any
 * host, exact paths before prefixes, longer before shorter, older Ingresses before newer; at last a default backend.
 */
export function matchIngress(
  ingresses: readonly Ingress[],
  request: { readonly host: string; readonly path: string },
): IngressMatch | undefined {
  const host = request.host.toLowerCase().replace(/:\d+$/, "");
  const candidates = ingresses.flatMap((ingress) =>
    (ingress.spec.rules ?? []).flatMap((rule) => {
      const weight = hostWeight(rule.host ?? "", host);
      if (weight === 0) return [];
      const paths = (rule.http?.paths ?? []).filter((path) => matchesPath(path, request.path));
      return paths.map((path) => ({ ingress, rule: rule.host ?? "", weight, path }));
    }),
  );
  const [best] = candidates.sort(
    (left, right) =>
      right.weight - left.weight ||
      Number(right.path.pathType === "Exact") - Number(left.path.pathType === "Exact") ||
      (right.path.path ?? "").length - (left.path.path ?? "").length ||
      compareText(ageOf(left.ingress), ageOf(right.ingress)),
  );
  if (best !== undefined) {
    const { ingress, rule, path } = best;
    return { ingress, backend: path.backend, host: rule, path: path.path ?? "/" };
  }
  const [standard] = ingresses
    .filter(({ spec }) => spec.defaultBackend !== undefined)
    .sort((left, right) => compareText(ageOf(left), ageOf(right)));
  if (standard?.spec.defaultBackend === undefined) return undefined;
  return { ingress: standard, backend: standard.spec.defaultBackend, host: "", path: "" };
}

/** 3 for the very host, 2 for a wildcard that covers one label more, 1 for a rule of any host, 0 for none of these. */
function hostWeight(wanted: string, host: string): number {
  if (wanted === "") return 1;
  if (!wanted.startsWith("*.")) return wanted.toLowerCase() === host ? 3 : 0;
  const dot = host.indexOf(".");
  return dot > 0 && host.slice(dot) === wanted.slice(1).toLowerCase() ? 2 : 0;
}

/** A prefix goes by whole elements; what is specific to the implementation is taken for a prefix, as nginx does. */
function matchesPath({ path: wanted = "/", pathType }: IngressPath, requested: string): boolean {
  const path = requested.replace(/[?#].*$/, "");
  if (pathType === "Exact") return path === wanted;
  if (wanted === "" || wanted === "/") return true;
  if (pathType === "ImplementationSpecific") return path.startsWith(wanted);
  const prefix = wanted.endsWith("/") ? wanted.slice(0, -1) : wanted;
  return path === prefix || path.startsWith(`${prefix}/`);
}

function ageOf({ metadata }: Ingress): string {
  return `${metadata.creationTimestamp ?? ""} ${metadata.namespace}/${metadata.name}`;
}
