import { describe, expect, it } from "vitest";
import {
  dns1035LabelErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  labelValueErrors,
  pathSegmentNameErrors,
  qualifiedNameErrors,
} from "../../src/apimachinery/index.ts";

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

describe("names", () => {
  it.each([
    [dns1123SubdomainErrors, "web.example", []],
    [dns1123SubdomainErrors, "Web", [SUBDOMAIN]],
    [dns1123SubdomainErrors, "a".repeat(254), ["must be no more than 253 characters"]],
    [dns1123LabelErrors, "web-1", []],
    [dns1123LabelErrors, "web.example", ["must not contain dots"]],
    [dns1123LabelErrors, "-web", [LABEL]],
    [dns1123LabelErrors, "a".repeat(64), ["must be no more than 63 characters"]],
    [dns1035LabelErrors, "1web", [DNS1035]],
    [dns1035LabelErrors, "web", []],
    [qualifiedNameErrors, "example.com/My_Name", []],
    [qualifiedNameErrors, "a b", [`name part ${QUALIFIED}`]],
    [qualifiedNameErrors, "", ["name part must be non-empty", `name part ${QUALIFIED}`]],
    [qualifiedNameErrors, "/a", ["prefix part must be non-empty"]],
    [qualifiedNameErrors, "Up/a", [`prefix part ${SUBDOMAIN}`]],
    [
      qualifiedNameErrors,
      "a/b/c",
      [`a qualified name ${QUALIFIED} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`],
    ],
    [labelValueErrors, "", []],
    [labelValueErrors, "-x", [VALUE]],
    [pathSegmentNameErrors, "system:admin", []],
    [pathSegmentNameErrors, "..", ["may not be '..'"]],
    [pathSegmentNameErrors, "a/b%", ["may not contain '/'", "may not contain '%'"]],
  ] as const)("%o says of %j: %j", (errorsOf, name, errors) => {
    expect(errorsOf(name)).toEqual(errors);
  });
});
