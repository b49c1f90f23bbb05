import { dns1123SubdomainErrors, parseUrl } from "../../apimachinery/index.ts";
import { calledPort, eachItem, type Findings, invalid, NOTHING, required } from "../validation.ts";
import type { WebhookClientConfig } from "./webhook-configuration.ts";

const FORM = "; desired format: https://host[/path]";

/** Where a webhook is, at `path`: at a URL or at a Service. */
export function validateWebhookClient({ url, service }: WebhookClientConfig, path: string): Findings {
  if ((url === undefined) === (service === undefined))
    return [required(path, "exactly one of url or service is required")];
  return url === undefined ? checkService(service, `${path}.service`) : checkUrl(url, `${path}.url`);
}

/** `ValidateWebhookURL`. */
function checkUrl(text: string, field: string): Findings {
  // References without a scheme are URLs to Go, and have neither a scheme nor a host.
  const isReference = /^[^:/?#]*(?:[/?#]|$)/.test(text);
  const url = isReference ? { scheme: "", host: "", user: undefined, query: "" } : parseUrl(text);
  if (typeof url === "string") return [required(field, `url must be a valid URL: ${url}${FORM}`)];
  const { scheme, host, user, query } = url;
  const fragment = text.includes("#") ? text.slice(text.indexOf("#") + 1) : "";
  return [
    ...(scheme === "https" ? NOTHING : [invalid(field, scheme, `'https' is the only allowed URL scheme${FORM}`)]),
    ...(host === "" ? [invalid(field, host, `host must be specified${FORM}`)] : NOTHING),
    ...(user === undefined ? NOTHING : [invalid(field, user, "user information is not permitted in the URL")]),
    ...(fragment === "" ? NOTHING : [invalid(field, fragment, "fragments are not permitted in the URL")]),
    ...(query === "" ? NOTHING : [invalid(field, query, "query parameters are not permitted in the URL")]),
  ];
}

/** `ValidateWebhookService`, which its callers hand name and namespace in the wrong order. */
function checkService(service: WebhookClientConfig["service"], field: string): Findings {
  const { name = "", namespace = "", path = "", port = 443 } = service ?? {};
  return [
    ...(namespace === "" ? [required(`${field}.name`)] : NOTHING),
    ...(name === "" ? [required(`${field}.namespace`)] : NOTHING),
    ...calledPort(`${field}.port`, port),
    ...checkPath(path, `${field}.path`),
  ];
}

function checkPath(path: string, field: string): Findings {
  if (path === "" || path === "/") return NOTHING;
  if (path === "//") return [invalid(field, path, "segment[0] may not be empty")];
  const steps = path.slice(1).replace(/\/$/, "").split("/");
  return [
    ...(path.startsWith("/") ? NOTHING : [invalid(field, path, "must start with a '/'")]),
    ...eachItem(steps, (step, index) =>
      step === ""
        ? [invalid(field, path, `segment[${index}] may not be empty`)]
        : dns1123SubdomainErrors(step).map((why) => invalid(field, path, `segment[${index}]: ${why}`)),
    ),
  ];
}
