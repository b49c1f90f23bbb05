import type { KubeObject } from "../../apimachinery/index.ts";
import { AGE, integer } from "../columns.ts";
import type { PrinterColumn } from "../descriptor.ts";

type Scale = KubeObject & {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number };
};

const DESIRED = integer<Scale>("Desired", ({ spec }) => spec?.replicas);
const AVAILABLE = integer<Scale>("Available", ({ status }) => status?.replicas);

/** The columns of `kubectl get --subresource scale` after Name, where a built-in kind is scaled. */
export const scaleColumns: readonly PrinterColumn[] = [DESIRED, AVAILABLE, AGE];

/** The same of custom resources, whose columns are said in other words. */
export const customScaleColumns: readonly PrinterColumn[] = [
  { ...DESIRED, description: "Number of desired replicas" },
  { ...AVAILABLE, description: "Number of actual replicas" },
  { ...AGE, type: "date" },
];
