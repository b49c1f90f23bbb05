import {
  dns1035LabelErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
  stringFormat,
} from "../../../apimachinery/index.ts";
import { declare, type Overload } from "../declaration.ts";
import { type OpaqueValue, Optional } from "../values.ts";

type Validate = (text: string) => readonly string[];

class Format implements OpaqueValue {
  readonly typeName = "kubernetes.NamedFormat";
  readonly name: string;
  readonly validate: Validate;

  constructor(name: string, validate: Validate) {
    this.name = name;
    this.validate = validate;
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof Format && other.name === this.name;
  }
}

/** `format.dns1123Label().validate(text)`: what is wrong with a text, or `optional.none()`. */
export function formatFunctions(): readonly Overload[] {
  const formats = Object.entries(FORMATS).map(([name, validate]) => new Format(name, validate));
  return [
    ...formats.map((format) => declare(`format.${format.name}(): Format`, () => format)),
    declare(
      "format.named(string): optional<Format>",
      (name: string) => new Optional(formats.find((format) => format.name === name)),
    ),
    declare("Format.validate(string): optional<list<string>>", (format: Format, text: string) => {
      const errors = format.validate(text);
      return new Optional(errors.length === 0 ? undefined : errors);
    }),
  ];
}

/** A prefix of a generated name may end in a dash. */
const prefixOf =
  (validate: Validate): Validate =>
  (text) =>
    validate(text.endsWith("-") ? `${text}a` : text);

const byFormat =
  (format: string, message: string): Validate =>
  (text) =>
    stringFormat(format)?.(text) === true ? [] : [message];

const FORMATS: Readonly<Record<string, Validate>> = {
  dns1123Label: dns1123LabelErrors,
  dns1123Subdomain: dns1123SubdomainErrors,
  dns1035Label: dns1035LabelErrors,
  qualifiedName: qualifiedNameErrors,
  dns1123LabelPrefix: prefixOf(dns1123LabelErrors),
  dns1123SubdomainPrefix: prefixOf(dns1123SubdomainErrors),
  dns1035LabelPrefix: prefixOf(dns1035LabelErrors),
  labelValue: labelValueErrors,
  uri: byFormat("uri", "invalid URI for request"),
  uuid: byFormat("uuid", "does not match the UUID format"),
  byte: byFormat("byte", "invalid base64"),
  date: byFormat("date", "invalid date"),
  datetime: byFormat("datetime", "invalid datetime"),
};
