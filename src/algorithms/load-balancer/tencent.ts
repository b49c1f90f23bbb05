import { parseLabelSelector } from "../../apimachinery/index.ts";
import type { LoadBalancer } from "./model.ts";

type Annotations = Readonly<Record<string, string>>;

const PREFIX = "service.kubernetes.io/";
const BACKENDS = `${PREFIX}qcloud-loadbalancer-backends-label`;
const EXISTING = `${PREFIX}tke-existed-lbid`;
const TYPE = `${PREFIX}loadbalance-type`;
const BANDWIDTH = `${PREFIX}qcloud-loadbalancer-internet-max-bandwidth-out`;
const CHARGE = `${PREFIX}qcloud-loadbalancer-internet-charge-type`;
const ONLY_WITH_PODS = `${PREFIX}local-svc-only-bind-node-with-pod`;
const PARAMETERS = [`${PREFIX}service.extensiveParameters`, `${PREFIX}service.listenerParameters`];
const CHARGES = ["TRAFFIC_POSTPAID_BY_HOUR", "BANDWIDTH_POSTPAID_BY_HOUR"];
const BANDWIDTH_MAX = 2000;

/** Reads the annotations of Tencent's TKE; the balancer as it was when there are none. */
export function tencentSettings(plain: LoadBalancer, annotations: Annotations): LoadBalancer {
  const keys = [BACKENDS, EXISTING, TYPE, BANDWIDTH, CHARGE, ONLY_WITH_PODS, ...PARAMETERS];
  const recorded = Object.fromEntries(
    keys.flatMap((key) => (annotations[key] === undefined ? [] : [[key, annotations[key]]])),
  );
  if (Object.keys(recorded).length === 0) return plain;
  const warnings: string[] = [];
  const type = annotations[TYPE];
  if (type !== undefined && type !== "classic" && type !== "application")
    warnings.push(`${TYPE} must be classic or application, not ${JSON.stringify(type)}`);
  const bandwidth = annotations[BANDWIDTH];
  if (bandwidth !== undefined && !isBandwidth(Number(bandwidth)))
    warnings.push(`${BANDWIDTH} must be a number between 1 and ${BANDWIDTH_MAX}, not ${JSON.stringify(bandwidth)}`);
  const charge = annotations[CHARGE];
  if (charge !== undefined && !CHARGES.includes(charge))
    warnings.push(`${CHARGE} must be one of ${CHARGES.join(", ")}, not ${JSON.stringify(charge)}`);
  for (const key of PARAMETERS) if (!isJson(annotations[key])) warnings.push(`${key} must be JSON`);
  const nodeLabels = matcherOf(annotations[BACKENDS], warnings);
  const existingId = annotations[EXISTING] ?? "";
  return {
    ...plain,
    ...(nodeLabels === undefined ? {} : { nodeLabels }),
    ...(existingId === "" ? {} : { existingId }),
    onlyNodesWithPods: annotations[ONLY_WITH_PODS] === "true",
    recorded: { ...plain.recorded, ...recorded },
    warnings: [...plain.warnings, ...warnings],
  };
}

function isBandwidth(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= BANDWIDTH_MAX;
}

function isJson(text: string | undefined): boolean {
  if (text === undefined || text.trim() === "") return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function matcherOf(text: string | undefined, warnings: string[]): LoadBalancer["nodeLabels"] {
  if (text === undefined || text.trim() === "") return undefined;
  try {
    return parseLabelSelector(text);
  } catch {
    warnings.push(`${BACKENDS} must be a label selector, not ${JSON.stringify(text)}`);
    return undefined;
  }
}
