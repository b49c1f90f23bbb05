import {
  dns1035LabelErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  labelValueErrors,
  parseUrl,
  qualifiedNameErrors,
  stringFormat,
} from "../../../apimachinery/index.ts";
import { declare, type Overload } from "../declaration.ts";
import { type OpaqueValue, Optional } from "../values.ts";

/** What a format asks of texts, and how long the pattern is that a text costs. */
type Kind = { readonly validate: Validate; readonly patternLength: number };
type Validate = (text: string) => readonly string[];

class Format implements OpaqueValue {
  readonly typeName = "kubernetes.NamedFormat";
  readonly name: string;
  readonly validate: Validate;
  readonly patternLength: number;

  constructor(name: string, { validate, patternLength }: Kind) {
    this.name = name;
    this.validate = validate;
    this.patternLength = patternLength;
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof Format && other.name === this.name;
  }
}

/** `format.dns1123Label().validate(text)`: what is wrong with a text, or `optional.none()`. */
export function formatFunctions(): readonly Overload[] {
  const formats = Object.entries(FORMATS).map(([name, kind]) => new Format(name, kind));
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
    validate(text.length > 1 && text.endsWith("-") ? `${text.slice(0, -2)}a` : text);

const byFormat =
  (format: string, message: string): Validate =>
  (text) =>
    stringFormat(format)?.(text) === true ? [] : [message];

function uriErrors(text: string): readonly string[] {
  const parsed = parseUrl(text);
  return typeof parsed === "string" ? [parsed] : [];
}

const LENGTHS = { label: 30, subdomain: 60, value: 40, uuid: 72, time: 72, bytes: 84, url: 1104 };

const FORMATS: Readonly<Record<string, Kind>> = {
  dns1123Label: { validate: dns1123LabelErrors, patternLength: LENGTHS.label },
  dns1123Subdomain: { validate: dns1123SubdomainErrors, patternLength: LENGTHS.subdomain },
  dns1035Label: { validate: dns1035LabelErrors, patternLength: LENGTHS.label },
  qualifiedName: { validate: qualifiedNameErrors, patternLength: LENGTHS.subdomain },
  dns1123LabelPrefix: { validate: prefixOf(dns1123LabelErrors), patternLength: LENGTHS.label },
  dns1123SubdomainPrefix: { validate: prefixOf(dns1123SubdomainErrors), patternLength: LENGTHS.subdomain },
  dns1035LabelPrefix: { validate: prefixOf(dns1035LabelErrors), patternLength: LENGTHS.label },
  labelValue: { validate: labelValueErrors, patternLength: LENGTHS.value },
  uri: { validate: uriErrors, patternLength: LENGTHS.url },
  uuid: { validate: byFormat("uuid", "does not match the UUID format"), patternLength: LENGTHS.uuid },
  byte: { validate: byFormat("byte", "invalid base64"), patternLength: LENGTHS.bytes },
  date: { validate: byFormat("date", "invalid date"), patternLength: LENGTHS.time },
  datetime: { validate: byFormat("datetime", "invalid datetime"), patternLength: LENGTHS.time },
};
