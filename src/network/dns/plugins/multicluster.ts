import { answerInView, orNext } from "../kubernetes/answer.ts";
import { reasonOf } from "../kubernetes/reason.ts";
import { type KubernetesView, matchZone } from "../kubernetes/view.ts";
import type { PluginPart, Setup } from "../server/plugin.ts";
import { isAtLeast } from "../server/plugin-order.ts";
import { argsOf, fallOf, noFall, onlyUse, unknownProperty, zonesOrBlock } from "./settings.ts";

const TTL_SECONDS = 5;
const STARTUP_WAIT_MS = 5000;
/** The first to serve `discovery.k8s.io/v1`. */
const KUBERNETES_LEAST = [1, 21, 0] as const;

/** `multicluster [ZONES…] { kubeconfig …; noendpoints; fallthrough [ZONES…] }` (github.com/coredns/multicluster): names of imports. */
export function multiclusterPlugin(setup: Setup): PluginPart {
  const directive = onlyUse(setup.directives);
  const { surroundings } = setup;
  const zones = zonesOrBlock(directive.args, setup.zones);
  let fall = noFall;
  let noEndpoints = false;
  for (const line of directive.body) {
    const [option] = line.words;
    if (option === "kubeconfig") argsOf(line, 1, 2);
    else if (option === "fallthrough") fall = fallOf(argsOf(line, 0, Number.POSITIVE_INFINITY));
    else if (option === "noendpoints") noEndpoints = argsOf(line, 0).length === 0;
    else throw unknownProperty(line);
  }
  const served = isServed(surroundings.kubernetesVersion);
  if (!served)
    surroundings.log(
      `[ERROR] plugin/multicluster: Kubernetes ${surroundings.kubernetesVersion} does not serve discovery.k8s.io/v1 EndpointSlice: v1.21.0 or later is required; names in ${zones.join(" ")} fail`,
    );
  const view = viewOf(zones, noEndpoints, surroundings.zone, () => served && surroundings.zone.isSynced("clusterset"));
  return {
    handle: (request, next) => {
      const match = matchZone(view, request.question.name);
      if (match === undefined) return next(request);
      request.note?.("multicluster", reasonOf(view, match));
      const answer = answerInView(view, match, request, setup.lookUp);
      return orNext(answer, fall(request.question.name), request, next);
    },
    // It says it is ready whatever it has seen, as upstream.
    ready: () => true,
    waitsFor: () => served && surroundings.zone.state("clusterset") === "pending",
    startupWaitMs: STARTUP_WAIT_MS,
    lists: ["ServiceImport", ...(noEndpoints ? [] : (["EndpointSlice"] as const)), "Namespace"],
  };
}

function isServed(kubernetesVersion: string | undefined): boolean {
  return kubernetesVersion === undefined || isAtLeast(kubernetesVersion, KUBERNETES_LEAST);
}

/** No pods, no name servers, no reverse names, and a TTL nobody can set. */
function viewOf(
  zones: readonly string[],
  noEndpoints: boolean,
  zone: KubernetesView["zone"],
  isSynced: () => boolean,
): KubernetesView {
  return {
    zone,
    zones: zones.map((name) => ({ name, part: "clusterset" })),
    ttl: TTL_SECONDS,
    pods: "disabled",
    endpointPodNames: false,
    noEndpoints,
    ignoreEmptyService: false,
    exposesNamespace: () => true,
    namespaces: undefined,
    selects: undefined,
    zonal: false,
    // There is no import that is an alias.
    aliasesMax: 0,
    addresses: [],
    isSynced,
  };
}
