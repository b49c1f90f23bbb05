const QUALIFIED_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED_NAME})?`;
const DNS1123_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const DNS1123_SUBDOMAIN = `${DNS1123_LABEL}(\\.${DNS1123_LABEL})*`;
const DNS1035_LABEL = "[a-z]([-a-z0-9]*[a-z0-9])?";

const qualifiedNamePattern = new RegExp(`^${QUALIFIED_NAME}$`);
const labelValuePattern = new RegExp(`^${LABEL_VALUE}$`);
const dns1123LabelPattern = new RegExp(`^${DNS1123_LABEL}$`);
const dns1123SubdomainPattern = new RegExp(`^${DNS1123_SUBDOMAIN}$`);
const dns1035LabelPattern = new RegExp(`^${DNS1035_LABEL}$`);

const LABEL_MAX_LENGTH = 63;
const SUBDOMAIN_MAX_LENGTH = 253;

/** What is wrong with `name` as an RFC 1123 subdomain, in Kubernetes' words; empty when nothing is. */
export function dns1123SubdomainErrors(name: string, unit: "bytes" | "characters" = "characters"): string[] {
  const errors = lengthErrors(name, SUBDOMAIN_MAX_LENGTH, unit);
  if (!dns1123SubdomainPattern.test(name)) {
    errors.push(
      patternError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        DNS1123_SUBDOMAIN,
        ["example.com"],
      ),
    );
  }
  return errors;
}

/** What is wrong with `name` as an RFC 1123 label (namespaces, for one). */
export function dns1123LabelErrors(name: string): string[] {
  const errors = lengthErrors(name, LABEL_MAX_LENGTH, "characters");
  if (dns1123LabelPattern.test(name)) return errors;
  if (dns1123SubdomainPattern.test(name)) return [...errors, "must not contain dots"];
  errors.push(
    patternError(
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
      DNS1123_LABEL,
      ["my-name", "123-abc"],
    ),
  );
  return errors;
}

/** What is wrong with `name` as an RFC 1035 label (Services). */
export function dns1035LabelErrors(name: string): string[] {
  const errors = lengthErrors(name, LABEL_MAX_LENGTH, "characters");
  if (!dns1035LabelPattern.test(name)) {
    errors.push(
      patternError(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        DNS1035_LABEL,
        ["my-name", "abc-123"],
      ),
    );
  }
  return errors;
}

const QUALIFIED_NAME_RULE = patternError(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  QUALIFIED_NAME,
  ["MyName", "my.name", "123-abc"],
);

/** What is wrong with `name` as a qualified name: the key of a label, annotation or taint, or a finalizer. */
export function qualifiedNameErrors(name: string): string[] {
  const parts = name.split("/");
  if (parts.length > 2) {
    return [
      `a qualified name ${QUALIFIED_NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const errors: string[] = [];
  const prefix = parts.length === 2 ? (parts[0] as string) : undefined;
  const local = parts[parts.length - 1] as string;
  if (prefix === "") errors.push("prefix part must be non-empty");
  else if (prefix !== undefined)
    errors.push(...dns1123SubdomainErrors(prefix, "bytes").map((text) => `prefix part ${text}`));
  if (local === "") errors.push("name part must be non-empty");
  else errors.push(...lengthErrors(local, LABEL_MAX_LENGTH, "bytes").map((text) => `name part ${text}`));
  if (!qualifiedNamePattern.test(local)) errors.push(`name part ${QUALIFIED_NAME_RULE}`);
  return errors;
}

/** What is wrong with `value` as the value of a label. */
export function labelValueErrors(value: string): string[] {
  const errors = lengthErrors(value, LABEL_MAX_LENGTH, "bytes");
  if (!labelValuePattern.test(value)) {
    errors.push(
      patternError(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        LABEL_VALUE,
        ["MyValue", "my_value", "12345"],
      ),
    );
  }
  return errors;
}

/** What is wrong with `name` as one segment of a URL path: what kinds with liberal names (RBAC) require. */
export function pathSegmentNameErrors(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((mark) => name.includes(mark)).map((mark) => `may not contain '${mark}'`);
}

/** Names are told of in characters, labels in bytes. */
function lengthErrors(text: string, maxLength: number, unit: "bytes" | "characters"): string[] {
  return text.length > maxLength ? [`must be no more than ${maxLength} ${unit}`] : [];
}

/** `k8s.io/apimachinery/pkg/util/validation.RegexError`, whose examples are each followed by a comma. */
function patternError(rule: string, pattern: string, examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(" or ");
  return `${rule} (e.g. ${shown}regex used for validation is '${pattern}')`;
}
