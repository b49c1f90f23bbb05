import { dns1035LabelErrors, type FieldError } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import { forbidden, invalid, notSupported, required } from "./findings.ts";

const PATH = "spec.conversion";
const REVIEW_VERSIONS = ["v1", "v1beta1"];

/** What is wrong with how a definition converts between its versions; paths are those of upstream's internal form. */
export function conversionErrors(conversion: unknown): readonly FieldError[] {
  if (!isRecord(conversion)) return [];
  const { strategy, webhook } = conversion;
  if (strategy === undefined || strategy === "") return [required(`${PATH}.strategy`)];
  if (strategy !== "None" && strategy !== "Webhook")
    return [notSupported(`${PATH}.strategy`, strategy, ["None", "Webhook"])];
  const { clientConfig, conversionReviewVersions = [] } = isRecord(webhook) ? webhook : {};
  const versions = Array.isArray(conversionReviewVersions) ? conversionReviewVersions.map(String) : [];
  const unset = "should not be set when strategy is not set to Webhook";
  if (strategy === "None")
    return [
      ...(clientConfig === undefined ? [] : [forbidden(`${PATH}.webhookClientConfig`, unset)]),
      ...(versions.length === 0 ? [] : [forbidden(`${PATH}.conversionReviewVersions`, unset)]),
    ];
  return [
    ...(isRecord(clientConfig)
      ? clientConfigErrors(clientConfig)
      : [required(`${PATH}.webhookClientConfig`, "required when strategy is set to Webhook")]),
    ...reviewVersionErrors(versions),
  ];
}

function clientConfigErrors({ url, service }: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const path = `${PATH}.webhookClientConfig`;
  if ((url === undefined) === (service === undefined))
    return [required(path, "exactly one of url or service is required")];
  if (typeof url === "string") return urlErrors(`${path}.url`, url);
  const { name, namespace } = isRecord(service) ? service : {};
  return [
    ...(typeof name === "string" && name !== "" ? [] : [required(`${path}.service.name`, "service name is required")]),
    ...(typeof namespace === "string" && namespace !== ""
      ? []
      : [required(`${path}.service.namespace`, "service namespace is required")]),
  ];
}

function urlErrors(field: string, url: string): readonly FieldError[] {
  const form = "; desired format: https://host[/path]";
  if (!URL.canParse(url)) return [invalid(field, url, `url must be a valid URL: invalid URI${form}`)];
  const { protocol, host, search, hash } = new URL(url);
  return [
    ...(protocol === "https:"
      ? []
      : [invalid(field, protocol.replace(/:$/, ""), `'https' is the only allowed URL scheme${form}`)]),
    ...(host === "" ? [invalid(field, host, `host must be specified${form}`)] : []),
    ...(hash === "" ? [] : [invalid(field, hash.slice(1), "fragments are not permitted in the URL")]),
    ...(search === "" ? [] : [invalid(field, search.slice(1), "query parameters are not permitted in the URL")]),
  ];
}

function reviewVersionErrors(versions: readonly string[]): readonly FieldError[] {
  const path = `${PATH}.conversionReviewVersions`;
  if (versions.length === 0) return [required(path)];
  const errors = versions.flatMap((version, index) =>
    versions.indexOf(version) < index
      ? [invalid(`${path}[${index}]`, version, "duplicate version")]
      : dns1035LabelErrors(version).map((detail) => invalid(`${path}[${index}]`, version, detail)),
  );
  if (versions.some((version) => REVIEW_VERSIONS.includes(version))) return errors;
  return [...errors, invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(", ")}`)];
}
