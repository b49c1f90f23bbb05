/** intstr.IntOrString: a number, or text that is a percentage. */
export type IntOrString = number | string;

/**
 * A count given outright or as a percentage of `total`; text that is no percentage counts as 0.
 * `k8s.io/apimachinery/pkg/util/intstr.GetScaledValueFromIntOrPercent`.
 */
export function resolveIntOrPercent(value: IntOrString, total: number, roundUp: { readonly up: boolean }): number {
  if (typeof value === "number") return value;
  const match = /^([-+]?\d+)%$/.exec(value);
  if (match === null) return 0;
  const scaled = (Number(match[1]) * total) / 100;
  return roundUp.up ? Math.ceil(scaled) : Math.floor(scaled);
}
