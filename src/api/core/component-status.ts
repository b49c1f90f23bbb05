import { defineKind, type Kind, type KubeObject } from "../../apimachinery/index.ts";
import { text } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";

/** How a part of the control plane is. */
export type ComponentStatus = KubeObject & {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: "True" | "False" | "Unknown";
    readonly message?: string;
    readonly error?: string;
  }[];
};

const ComponentStatus: Kind<ComponentStatus> = defineKind<ComponentStatus>({
  group: "",
  version: "v1",
  kind: "ComponentStatus",
  plural: "componentstatuses",
  namespaced: false,
});

/** Read from what runs; nothing of it is ever stored. */
export const componentStatusDescriptor: ResourceDescriptor = defineResource({
  kind: ComponentStatus,
  singular: "componentstatus",
  shortNames: ["cs"],
  verbs: ["get", "list"],
  deprecated: { sinceMinor: 19 },
  columns: [
    text<ComponentStatus>("Status", (component) => verdict(component)),
    text<ComponentStatus>("Message", (component) => health(component)?.message ?? ""),
    text<ComponentStatus>("Error", (component) => health(component)?.error ?? ""),
  ],
});

function health({ conditions = [] }: ComponentStatus): NonNullable<ComponentStatus["conditions"]>[number] | undefined {
  return conditions.find(({ type }) => type === "Healthy");
}

function verdict(component: ComponentStatus): string {
  const condition = health(component);
  if (condition === undefined) return "Unknown";
  return condition.status === "True" ? "Healthy" : "Unhealthy";
}
