import { dns1035LabelErrors, dns1123SubdomainErrors, pathSegmentNameErrors } from "../../apimachinery/index.ts";
import { withDefaults, withField, withSpec } from "../defaults.ts";
import type { Strategy } from "../descriptor.ts";
import { calledPort, type Findings, invalid, invalidFor, NOTHING, required } from "../validation.ts";
import type { APIService } from "./api-service.ts";

const GROUP_PRIORITY_MAX = 20_000;
const VERSION_PRIORITY_MAX = 1000;

/** What is particular to APIServices (`kube-aggregator/pkg/apis/apiregistration/validation`). */
export const apiServiceStrategy: Strategy<APIService> = {
  applyDefaults: (registration) =>
    registration.spec?.service === undefined || registration.spec.service === null
      ? registration
      : withSpec(registration, (spec) => withField(spec, "service", withDefaults(spec.service ?? {}, { port: 443 }))),
  validateName: pathSegmentNameErrors,
  validate: ({ metadata, spec }) => {
    const { group = "", version = "", groupPriorityMinimum: first = 0, versionPriority: second = 0 } = spec ?? {};
    const name = `${version}.${group}`;
    return [
      ...(metadata.name === name
        ? NOTHING
        : [
            invalid("metadata.name", metadata.name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`),
          ]),
      ...(group === "" && version !== "v1"
        ? [required("spec.group", "only v1 may have an empty group and it better be legacy kube")]
        : NOTHING),
      ...(group === "" ? NOTHING : invalidFor("spec.group", group, dns1123SubdomainErrors(group))),
      ...invalidFor("spec.version", version, dns1035LabelErrors(version)),
      ...(first > 0 && first <= GROUP_PRIORITY_MAX
        ? NOTHING
        : [invalid("spec.groupPriorityMinimum", first, "must be positive and less than 20000")]),
      ...(second > 0 && second <= VERSION_PRIORITY_MAX
        ? NOTHING
        : [invalid("spec.versionPriority", second, "must be positive and less than 1000")]),
      ...checkService(spec),
    ];
  },
};

function checkService({
  service,
  insecureSkipTLSVerify: insecure = false,
  caBundle = "",
}: APIService["spec"]): Findings {
  if (service === undefined || service === null)
    return [
      ...(caBundle === ""
        ? NOTHING
        : [
            invalid(
              "spec.caBundle",
              `${Buffer.from(caBundle, "base64").length} bytes`,
              "local APIServices may not have a caBundle",
            ),
          ]),
      ...(insecure
        ? [invalid("spec.insecureSkipTLSVerify", true, "local APIServices may not have insecureSkipTLSVerify")]
        : NOTHING),
    ];
  return [
    ...(service.namespace ? NOTHING : [required("spec.service.namespace")]),
    ...(service.name ? NOTHING : [required("spec.service.name")]),
    ...calledPort("spec.service.port", service.port),
    ...(insecure && caBundle !== ""
      ? [invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present")]
      : NOTHING),
  ];
}
