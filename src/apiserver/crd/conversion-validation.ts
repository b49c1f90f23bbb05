import { validateWebhookClient, type WebhookClientConfig } from "../../api/index.ts";
import {
  dns1035LabelErrors,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";

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
      ? validateWebhookClient(clientConfig as WebhookClientConfig, `${PATH}.webhookClientConfig`)
      : [required(`${PATH}.webhookClientConfig`, "required when strategy is set to Webhook")]),
    ...reviewVersionErrors(versions),
  ];
}

/** What an update may not do to a conversion in use: spoil authorities that could be read (`rest.TLSConfigFor`). */
export function bundleUpdateErrors(after: unknown, before: unknown): readonly FieldError[] {
  const field = `${PATH}.webhookClientConfig.caBundle`;
  const former = bundleOf(before);
  if (former !== "" && bundleErrors(field, former).length > 0) return [];
  return bundleErrors(field, bundleOf(after));
}

function bundleOf(conversion: unknown): string {
  const webhook = isRecord(conversion) ? conversion.webhook : undefined;
  const config = isRecord(webhook) ? webhook.clientConfig : undefined;
  return isRecord(config) && typeof config.caBundle === "string" ? config.caBundle : "";
}

function bundleErrors(field: string, bundle: string): readonly FieldError[] {
  if (bundle === "") return [];
  const text = Buffer.from(bundle, "base64").toString("latin1");
  if (/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.test(text)) return [];
  const isPem = /-----BEGIN ([^-]+)-----[^-]+-----END \1-----/.test(text);
  const why = isPem ? "no valid certificate authority data seen" : "unable to parse bytes as PEM block";
  return [invalid(field, bundle, `unable to load root certificates: ${why}`)];
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
