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
 * Finds the backend of a request among Ingresses. The rules of its very host go before those of a wildcard before those of any
 * host, and once a host is found no other is asked; of its paths the longest counts, an exact one before a prefix, older Ingresses
 * before newer. What no path takes goes to the default backend of an Ingress with rules for that host, or, where none names the
 * host, of any, one that names no host first.
 */
export function matchIngress(
  ingresses: readonly Ingress[],
  request: { readonly host: string; readonly path: string },
): IngressMatch | undefined {
  const host = request.host.toLowerCase().replace(/:\d+$/, "");
  const rules = ingresses
    .flatMap((ingress) =>
      (ingress.spec.rules ?? []).map((rule) => ({ ingress, rule, weight: hostWeight(rule.host ?? "", host) })),
    )
    .filter(({ weight }) => weight > 0);
  const named = Math.max(0, ...rules.map(({ weight }) => weight));
  const ofHost = rules.filter(({ weight }) => weight === named);
  const [best] = ofHost
    .flatMap(({ ingress, rule }) =>
      (rule.http?.paths ?? [])
        .filter((path) => matchesPath(path, request.path))
        .map((path) => ({ ingress, host: rule.host ?? "", path })),
    )
    .sort(
      (left, right) =>
        Number(right.path.pathType === "Exact") - Number(left.path.pathType === "Exact") ||
        (right.path.path ?? "").length - (left.path.path ?? "").length ||
        compareText(ageOf(left.ingress), ageOf(right.ingress)),
    );
  if (best !== undefined)
    return { ingress: best.ingress, backend: best.path.backend, host: best.host, path: best.path.path ?? "/" };
  const [standard] = (named > ANY_HOST ? ofHost.map(({ ingress }) => ingress) : [...ingresses])
    .filter(({ spec }) => spec.defaultBackend !== undefined)
    .sort(
      (left, right) =>
        Number(isForAnyHost(right)) - Number(isForAnyHost(left)) || compareText(ageOf(left), ageOf(right)),
    );
  if (standard?.spec.defaultBackend === undefined) return undefined;
  const [rule] = ofHost;
  return { ingress: standard, backend: standard.spec.defaultBackend, host: rule?.rule.host ?? "", path: "" };
}

function isForAnyHost({ spec: { rules = [] } }: Ingress): boolean {
  return rules.length === 0 || rules.some(({ host = "" }) => host === "");
}

/** The weight of a rule that names no host. */
const ANY_HOST = 1;

/** 3 for the very host, 2 for a wildcard that covers one label more, 1 for a rule of any host, 0 for none of these. */
function hostWeight(wanted: string, host: string): number {
  if (wanted === "") return ANY_HOST;
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
