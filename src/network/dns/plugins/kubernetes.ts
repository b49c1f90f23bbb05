import { parseLabelSelector } from "../../../apimachinery/index.ts";
import { goDurationError } from "../../../std/index.ts";
import { ConfigError, parseError, wrongCount } from "../corefile/config-error.ts";
import type { CorefileLine, Directive } from "../corefile/corefile.ts";
import { answerInView, orNext } from "../kubernetes/answer.ts";
import { reasonOf } from "../kubernetes/reason.ts";
import { requestLabels } from "../kubernetes/request-labels.ts";
import { transferRecords } from "../kubernetes/transfer.ts";
import { type KubernetesView, matchZone, type ViewPart } from "../kubernetes/view.ts";
import type { ListedKind, PluginPart, Request, Setup } from "../server/plugin.ts";
import { isAtLeast } from "../server/plugin-order.ts";
import { lowerName } from "../zone-names.ts";
import { countLists, watchProgramming } from "./kubernetes-metrics.ts";
import {
  argsOf,
  durationMs,
  type Fall,
  fallOf,
  noFall,
  onlyUse,
  searchList,
  ttlOf,
  unknownProperty,
  zonesOrBlock,
} from "./settings.ts";

/** What a `kubernetes` directive asks for. */
type Options = {
  ttl: number;
  pods: KubernetesView["pods"];
  endpointPodNames: boolean;
  noEndpoints: boolean;
  ignoreEmptyService: boolean;
  fall: Fall;
  startupWaitMs: number;
  namespaces: ReadonlySet<string> | undefined;
  namespaceLabels: ((labels: Readonly<Record<string, string>>) => boolean) | undefined;
  labels: ((labels: Readonly<Record<string, string>>) => boolean) | undefined;
  multiclusterZones: readonly string[];
  zonal: boolean;
  kubeconfig: string | undefined;
};

const TTL_SECONDS = 5;
const STARTUP_WAIT_MS = 5000;
/** The built-in form came with 1.12.2. */
const MULTICLUSTER_SINCE = [1, 12, 2] as const;
const ZONAL_SINCE = [1, 14, 7] as const;
/** `maxCnameChainLength` counts those before the last one; it was 7 up to 1.12.0. */
const ALIASES_MAX = 11;
const ALIASES_MAX_BEFORE = 8;
const MORE_ALIASES_SINCE = [1, 12, 1] as const;
const PODS = ["disabled", "insecure", "verified"] as const;

/** `kubernetes [ZONES…] { … }`: names of Services, endpoints and pods, and with `multicluster` of imports. */
export function kubernetesPlugin(setup: Setup): PluginPart {
  const directive = onlyUse(setup.directives);
  const zones = zonesOrBlock(directive.args, setup.zones);
  if (zones.every(isReverse)) throw new ConfigError("non-reverse zone name must be used");
  const options = readOptions(directive, setup);
  for (const zone of options.multiclusterZones)
    if (!zones.includes(zone))
      throw parseError(
        directive.end,
        `is not authoritative for the multicluster zone ${zone} (authoritative zones: [${zones.join(" ")}])`,
      );
  if (options.zonal && options.noEndpoints)
    throw parseError(directive.end, "zonal requires the endpoint cache; remove noendpoints");
  const { kubeconfig } = options;
  if (kubeconfig !== undefined && setup.surroundings.readFile(kubeconfig) === undefined)
    throw new ConfigError(`stat ${kubeconfig}: no such file or directory`);
  const view = viewOf(zones, options, setup);
  const lists = listedKinds(options);
  const ownSearch = searchList(setup.surroundings.readFile("/etc/resolv.conf") ?? "");
  let stopMeasuring = (): unknown => undefined;
  return {
    handle: (request, next) => {
      const match = matchZone(view, request.question.name);
      if (match === undefined) return next(request);
      const answer = answerInView(view, match, request, setup.lookUp);
      request.note?.("kubernetes", reasonOf(view, match));
      return orNext(answer, options.fall(request.question.name), request, next);
    },
    labels: (request) => requestLabels(view, request),
    view,
    ready: view.isSynced,
    waitsFor: () => isPending(view, options),
    startupWaitMs: options.startupWaitMs,
    transfer: (zone) => transferRecords(view, zone),
    searchPath: (request) => searchPath(view, request, ownSearch),
    lists,
    started: () => {
      countLists(setup.surroundings, lists);
      stopMeasuring = watchProgramming(view, setup.surroundings);
    },
    stopped: () => void stopMeasuring(),
  };
}

function viewOf(zones: readonly string[], options: Options, { surroundings }: Setup): KubernetesView {
  const { zone, addresses, version } = surroundings;
  const { namespaces, namespaceLabels, labels, multiclusterZones } = options;
  const partOf = (name: string): ViewPart =>
    multiclusterZones.includes(name) ? "clusterset" : isReverse(name) ? "reverse" : "cluster";
  return {
    zone,
    zones: zones.map((name) => ({ name, part: partOf(name) })),
    ttl: options.ttl,
    pods: options.pods,
    endpointPodNames: options.endpointPodNames,
    noEndpoints: options.noEndpoints,
    ignoreEmptyService: options.ignoreEmptyService,
    exposesNamespace: (name, its) => namespaces?.has(name) ?? namespaceLabels?.(its) ?? true,
    namespaces,
    selects: labels,
    zonal: options.zonal,
    aliasesMax: isAtLeast(version, MORE_ALIASES_SINCE) ? ALIASES_MAX : ALIASES_MAX_BEFORE,
    addresses,
    // One informer that cannot list holds the whole plugin back, as upstream does.
    isSynced: () => zone.isSynced("cluster") && (multiclusterZones.length === 0 || zone.isSynced("clusterset")),
  };
}

function isPending({ zone }: KubernetesView, options: Options): boolean {
  return (
    zone.state("cluster") === "pending" ||
    (options.multiclusterZones.length > 0 && zone.state("clusterset") === "pending")
  );
}

function listedKinds(options: Options): readonly ListedKind[] {
  return [
    "Service",
    ...(options.noEndpoints ? [] : (["EndpointSlice"] as const)),
    ...(options.pods === "verified" ? (["Pod"] as const) : []),
    "Namespace",
    ...(options.multiclusterZones.length > 0 ? (["ServiceImport"] as const) : []),
  ];
}

/** What a pod would search, were it to ask with its own resolv.conf, the server's own domains last; known only where pods are. */
function searchPath(
  view: KubernetesView,
  request: Request,
  ownSearch: readonly string[],
): readonly string[] | undefined {
  const match = matchZone(view, request.question.name);
  if (match === undefined || view.pods !== "verified") return undefined;
  const [pod] = view.zone.podKeysOfAddress(request.client.address);
  if (pod === undefined) return undefined;
  const zone = `${match.zone.join(".")}.`;
  return [`${pod.slice(0, pod.indexOf("/"))}.svc.${zone}`, `svc.${zone}`, zone, ...ownSearch, ""].map(lowerName);
}

function readOptions(directive: Directive, setup: Setup): Options {
  const options: Options = {
    ttl: TTL_SECONDS,
    pods: "disabled",
    endpointPodNames: false,
    noEndpoints: false,
    ignoreEmptyService: false,
    fall: noFall,
    startupWaitMs: STARTUP_WAIT_MS,
    namespaces: undefined,
    namespaceLabels: undefined,
    labels: undefined,
    multiclusterZones: [],
    zonal: false,
    kubeconfig: undefined,
  };
  for (const line of directive.body) readOption(line, options, setup);
  if (options.namespaces !== undefined && options.namespaceLabels !== undefined)
    throw parseError(directive.end, "namespaces and namespace_labels cannot both be set");
  return options;
}

/** The way to the API server is the process's own; its options are read and let be. */
const CONNECTION_OPTIONS: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ["endpoint", [1, Number.POSITIVE_INFINITY]],
  ["tls", [3, 3]],
  ["apiserver_qps", [1, 1]],
  ["apiserver_burst", [1, 1]],
  ["apiserver_max_inflight", [1, 1]],
]);

function readConnectionOption(line: CorefileLine, [least, most]: readonly [number, number]): void {
  const [name = ""] = line.words;
  const [text = ""] = argsOf(line, least, most);
  if (!name.startsWith("apiserver_")) return;
  const isFloat = name === "apiserver_qps";
  const isNumber = isFloat ? Number.isFinite(Number(text)) && text !== "" : /^[+-]?\d+$/.test(text);
  const problem = `strconv.${isFloat ? "ParseFloat" : "Atoi"}: parsing ${JSON.stringify(text)}: invalid syntax`;
  if (!isNumber) throw parseError(line, `invalid ${name} ${JSON.stringify(text)}: ${problem}`);
  if (Number(text) < 0) throw parseError(line, `${name} must be >= 0`);
}

function readOption(line: CorefileLine, options: Options, setup: Setup): void {
  const [name = ""] = line.words;
  const connection = CONNECTION_OPTIONS.get(name);
  if (connection !== undefined) {
    readConnectionOption(line, connection);
    return;
  }
  switch (name) {
    case "ttl":
      options.ttl = ttlOf(line);
      return;
    case "pods":
      options.pods = podsOf(line);
      return;
    case "endpoint_pod_names":
      argsOf(line, 0);
      options.endpointPodNames = true;
      return;
    case "noendpoints":
      argsOf(line, 0);
      options.noEndpoints = true;
      return;
    case "ignore":
      if (line.words.length > 1 && line.words[1] !== "empty_service")
        throw new ConfigError(`unable to parse ignore value: '${line.words[1]}'`);
      options.ignoreEmptyService ||= line.words.length > 1;
      return;
    case "kubeconfig":
      [options.kubeconfig] = argsOf(line, 1, 2);
      return;
    case "fallthrough":
      options.fall = fallOf(argsOf(line, 0, Number.POSITIVE_INFINITY));
      return;
    case "startup_timeout": {
      const [text = ""] = argsOf(line, 1, Number.POSITIVE_INFINITY);
      const problem = goDurationError(text);
      if (problem !== undefined) throw new ConfigError(`failed to parse startup_timeout: ${text}, ${problem}`);
      options.startupWaitMs = durationMs(text);
      return;
    }
    case "multicluster":
      if (!isAtLeast(setup.surroundings.version, MULTICLUSTER_SINCE)) throw unknownProperty(line);
      options.multiclusterZones = zonesOrBlock(line.words.slice(1), []);
      return;
    case "zonal":
      if (!isAtLeast(setup.surroundings.version, ZONAL_SINCE)) throw unknownProperty(line);
      argsOf(line, 0);
      options.zonal = true;
      return;
    default:
      readSelector(line, options);
  }
}

function readSelector(line: CorefileLine, options: Options): void {
  const [name = "", ...args] = line.words;
  if (name !== "namespaces" && name !== "namespace_labels" && name !== "labels") throw unknownProperty(line);
  if (args.length === 0) throw wrongCount(line, name);
  if (name === "namespaces") {
    options.namespaces = new Set([...(options.namespaces ?? []), ...args]);
    return;
  }
  const text = args.join(" ");
  try {
    const matches = parseLabelSelector(text);
    if (name === "labels") options.labels = matches;
    else options.namespaceLabels = matches;
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const what = name === "labels" ? "label selector" : "namespace_label selector";
    const said = `couldn't parse the selector string ${JSON.stringify(text)}: ${cause}`;
    throw new ConfigError(`unable to parse ${what} value: '${text}': ${said}`);
  }
}

function podsOf(line: CorefileLine): KubernetesView["pods"] {
  const [given = ""] = argsOf(line, 1);
  const mode = PODS.find((one) => one === given);
  if (mode === undefined)
    throw new ConfigError(`wrong value for pods: ${given},  must be one of: disabled, verified, insecure`);
  return mode;
}

function isReverse(zone: string): boolean {
  return zone.endsWith("in-addr.arpa.") || zone.endsWith("ip6.arpa.");
}
