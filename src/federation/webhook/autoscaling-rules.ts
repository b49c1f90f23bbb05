import {
  type CronFederatedHPA,
  FederatedHPA,
  type FederatedHPASpec,
  isTimeZone,
  type ScalingRules,
} from "../../api/index.ts";
import { apiVersionOf, type FieldError, invalid } from "../../apimachinery/index.ts";

const MACROS = [
  "@yearly",
  "@annually",
  "@monthly",
  "@weekly",
  "@daily",
  "@hourly",
  "@always",
  "@5minutes",
  "@10minutes",
  "@15minutes",
  "@30minutes",
  "@everysecond",
];
const CRON_FIELD = /^[\d*/,\-LW#?A-Za-z]+$/;

/** A FederatedHPA with the defaults of a HorizontalPodAutoscaler (autoscaling/v2). */
export function defaultedHpa(hpa: FederatedHPA): FederatedHPA {
  const { spec } = hpa;
  const metrics = (spec.metrics?.length ?? 0) > 0 ? spec.metrics : DEFAULT_METRICS;
  const behavior = {
    scaleUp: { ...SCALE_UP, ...spec.behavior?.scaleUp },
    scaleDown: { ...SCALE_DOWN, ...spec.behavior?.scaleDown },
  };
  const complete: FederatedHPASpec = { ...spec, minReplicas: spec.minReplicas ?? 1, metrics: metrics ?? [], behavior };
  return { ...hpa, spec: complete };
}

/** What is wrong with a FederatedHPA's bounds and target. */
export function hpaErrors({ spec }: FederatedHPA): readonly FieldError[] {
  const { minReplicas = 1, maxReplicas, scaleTargetRef } = spec;
  const errors: FieldError[] = [];
  if (minReplicas < 1) errors.push(invalid("spec.minReplicas", minReplicas, "must be greater than or equal to 1"));
  if (maxReplicas < 1) errors.push(invalid("spec.maxReplicas", maxReplicas, "must be greater than 0"));
  if (maxReplicas < minReplicas)
    errors.push(invalid("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`"));
  if (scaleTargetRef.kind === "")
    errors.push({ type: "FieldValueRequired", field: "spec.scaleTargetRef.kind", detail: "" });
  if (scaleTargetRef.name === "")
    errors.push({ type: "FieldValueRequired", field: "spec.scaleTargetRef.name", detail: "" });
  return errors;
}

/** What is wrong with a CronFederatedHPA. */
export function cronHpaErrors({ spec }: CronFederatedHPA): readonly FieldError[] | string {
  const { apiVersion, kind } = spec.scaleTargetRef;
  const scalesHpa = apiVersion === apiVersionOf(FederatedHPA);
  if (scalesHpa && kind !== FederatedHPA.kind) return `invalid scaleTargetRef kind: ${kind}, only support FederatedHPA`;
  const names = new Set<string>();
  return spec.rules.flatMap((rule, index) => {
    const at = `spec.rules[${index}]`;
    const errors: FieldError[] = [];
    if (names.has(rule.name))
      errors.push({ type: "FieldValueDuplicate", field: `${at}.name`, value: rule.name, detail: "" });
    names.add(rule.name);
    if (!isCron(rule.schedule)) errors.push(invalid(`${at}.schedule`, rule.schedule, "invalid cron format"));
    if (rule.timeZone !== undefined && !isTimeZone(rule.timeZone))
      errors.push(invalid(`${at}.timeZone`, rule.timeZone, `unknown time zone ${rule.timeZone}`));
    return [...errors, ...(scalesHpa ? boundErrors(rule, at) : replicaErrors(rule, kind, at))];
  });
}

const DEFAULT_METRICS: NonNullable<FederatedHPASpec["metrics"]> = [
  { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
];
const SCALE_UP: ScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};
const SCALE_DOWN: ScalingRules = {
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};

type Rule = CronFederatedHPA["spec"]["rules"][number];

function boundErrors({ targetMinReplicas: min, targetMaxReplicas: max }: Rule, at: string): FieldError[] {
  if (min === undefined && max === undefined)
    return [
      invalid(
        at,
        null,
        "targetMinReplicas and targetMaxReplicas cannot be nil at the same time if you want to scale FederatedHPA",
      ),
    ];
  const errors: FieldError[] = [];
  if (min !== undefined && min <= 0)
    errors.push(invalid(`${at}.targetMinReplicas`, min, "targetMinReplicas should be larger than 0"));
  if (max !== undefined && max <= 0)
    errors.push(invalid(`${at}.targetMaxReplicas`, max, "targetMaxReplicas should be larger than 0"));
  if (min !== undefined && max !== undefined && min > max)
    errors.push(
      invalid(`${at}.targetMaxReplicas`, max, "targetMaxReplicas should be larger than or equal to targetMinReplicas"),
    );
  return errors;
}

function replicaErrors({ targetReplicas }: Rule, kind: string, at: string): FieldError[] {
  if (targetReplicas === undefined)
    return [invalid(`${at}.targetReplicas`, null, `targetReplicas cannot be nil if you want to scale ${kind}`)];
  if (targetReplicas >= 0) return [];
  return [invalid(`${at}.targetReplicas`, targetReplicas, "targetReplicas should be larger than or equal to 0")];
}

function isCron(schedule: string): boolean {
  if (schedule.startsWith("@")) return MACROS.includes(schedule);
  const fields = schedule.trim().split(/\s+/);
  return fields.length === 5 && fields.every((field) => CRON_FIELD.test(field));
}
