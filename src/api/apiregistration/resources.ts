import { AGE, text } from "../columns.ts";
import { defineResource, type ResourceDescriptor } from "../descriptor.ts";
import { APIService } from "./api-service.ts";
import { apiServiceStrategy } from "./strategy.ts";

/** The kinds of the apiregistration.k8s.io group. */
export const apiregistrationResources: readonly ResourceDescriptor[] = [
  defineResource({
    kind: APIService,
    strategy: apiServiceStrategy,
    update: { needsVersion: true },
    singular: "apiservice",
    categories: ["api-extensions"],
    status: true,
    columns: [
      text<APIService>("Service", ({ spec: { service } }) =>
        service === undefined ? "Local" : `${service.namespace ?? ""}/${service.name ?? ""}`,
      ),
      text<APIService>("Available", ({ status }) => {
        const available = status?.conditions?.find((condition) => condition.type === "Available");
        if (available === undefined) return "Unknown";
        return available.status === "True" ? "True" : `${available.status} (${available.reason ?? ""})`;
      }),
      AGE,
    ],
  }),
];
