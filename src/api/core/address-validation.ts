import {
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  type FieldError,
  qualifiedNameErrors,
} from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { addressWarnings, looseIp } from "../address-forms.ts";
import { eachItem, invalid, invalidFor, oneOf, portNumber, required } from "../validation.ts";
import type { EndpointSubset, Endpoints } from "./service.ts";

type Findings = readonly FieldError[];

/** An address at all, as fields of old read it (`IsValidIPForLegacyField`). */
export function validAddress(field: string, text: string): Findings {
  if (looseIp(text) !== undefined) return [];
  return [invalid(field, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")];
}

/** An address traffic may be sent to: none of those that never leave a machine or a link (`ValidateEndpointIP`). */
export function publishableAddress(field: string, text: string): Findings {
  const ip = looseIp(text);
  if (ip === undefined) return validAddress(field, text);
  const [first = 0, second = 0, third = 0] = ip.parts;
  const isV4 = ip.family === "IPv4";
  const last = ip.parts[7];
  const isShort = !isV4 && ip.parts.slice(0, 7).every((part) => part === 0);
  const findings: FieldError[] = [];
  if (isV4 ? ip.parts.every((part) => part === 0) : isShort && last === 0)
    findings.push(invalid(field, text, `may not be unspecified (${text})`));
  if (isV4 ? first === 127 : isShort && last === 1)
    findings.push(invalid(field, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
  if (isV4 ? first === 169 && second === 254 : (first & 0xffc0) === 0xfe80)
    findings.push(invalid(field, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
  if (isV4 ? first === 224 && second === 0 && third === 0 : (first & 0xff0f) === 0xff02)
    findings.push(invalid(field, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"));
  return findings;
}

/** Odd addresses of Endpoints, but for those the controller wrote (`endpointsWarnings`). */
export function endpointsWarnings({ metadata, subsets = [] }: Endpoints): readonly string[] {
  if (metadata.labels?.["endpoints.kubernetes.io/managed-by"] === "endpoint-controller") return [];
  return subsets.flatMap((subset, place) =>
    (["addresses", "notReadyAddresses"] as const).flatMap((list) =>
      (subset[list] ?? []).flatMap(({ ip = "" }, index) =>
        addressWarnings(`subsets[${place}].${list}[${index}].ip`, ip),
      ),
    ),
  );
}

/** What is wrong with an Endpoints object (`ValidateEndpoints`). */
export function validateEndpoints(endpoints: Endpoints, before?: Endpoints): Findings {
  // What older versions let in stays.
  if (before !== undefined && deepEqual(before.subsets, endpoints.subsets)) return [];
  return eachItem(endpoints.subsets, (subset, index) => checkSubset(subset, `subsets[${index}]`));
}

function checkSubset(subset: EndpointSubset, path: string): Findings {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  const list = (name: "addresses" | "notReadyAddresses"): Findings =>
    eachItem(subset[name], ({ ip, hostname = "", nodeName }, index) => {
      const at = `${path}.${name}[${index}]`;
      const unfit = publishableAddress(`${at}.ip`, ip ?? "");
      const none = validAddress(`${at}.ip`, ip ?? "");
      return [
        ...none,
        ...(hostname === "" ? [] : invalidFor(`${at}.hostname`, hostname, dns1123LabelErrors(hostname))),
        ...(nodeName === undefined ? [] : invalidFor(`${at}.nodeName`, nodeName, dns1123SubdomainErrors(nodeName))),
        ...(none.length === 0 ? unfit : none.map((wrong) => ({ ...wrong, detail: "must be a valid IP address" }))),
      ];
    });
  return [
    ...(addresses.length + notReadyAddresses.length === 0
      ? [required(path, "must specify `addresses` or `notReadyAddresses`")]
      : []),
    ...list("addresses"),
    ...list("notReadyAddresses"),
    ...eachItem(ports, ({ name = "", port, protocol, appProtocol }, index) => {
      const at = `${path}.ports[${index}]`;
      return [
        ...(name === "" && ports.length > 1 ? [required(`${at}.name`)] : []),
        ...(name === "" ? [] : dns1123LabelErrors(name).map((detail) => invalid(`${at}.name`, name, detail))),
        ...portNumber(`${at}.port`, port),
        ...oneOf(`${at}.protocol`, protocol, ["SCTP", "TCP", "UDP"]),
        ...(appProtocol === undefined
          ? []
          : qualifiedNameErrors(appProtocol).map((detail) => invalid(`${at}.appProtocol`, appProtocol, detail))),
      ];
    }),
  ];
}
