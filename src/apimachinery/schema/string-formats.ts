import { parseDurationMs } from "../../std/index.ts";
import { dns1123LabelErrors, dns1123SubdomainErrors } from "../names.ts";

type Format = (text: string) => boolean;

const byPattern =
  (pattern: RegExp): Format =>
  (text) =>
    pattern.test(text);
const digitsOnly = (text: string): string => text.replaceAll(/[- ]/g, "");

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const isIpv4 = byPattern(IPV4);
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const DATE_TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):?[0-5]\d)$/;
const HOSTNAME = /^[a-zA-Z0-9_]([-a-zA-Z0-9_]{0,61}[a-zA-Z0-9_])?(\.[a-zA-Z0-9_]([-a-zA-Z0-9_]{0,61}[a-zA-Z0-9_])?)*$/;

/** The string formats kube-apiserver checks; it ignores all others. `quantity` is ours, for built-in kinds. */
const FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ["bsonobjectid", byPattern(/^[0-9a-fA-F]{24}$/)],
  ["uri", byPattern(/^(\/|[a-zA-Z][-+.a-zA-Z0-9]*:)[^\s]*$/)],
  ["email", byPattern(/^[^\s@<>]+@[^\s@<>]+$/)],
  ["hostname", (text) => text.length <= 253 && HOSTNAME.test(text)],
  ["ipv4", isIpv4],
  ["ipv6", isIpv6],
  ["cidr", isCidr],
  [
    "mac",
    byPattern(/^([0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\2){4,6}[0-9a-fA-F]{2}|([0-9a-fA-F]{4}\.){2,3}[0-9a-fA-F]{4})$/),
  ],
  ["uuid", byPattern(/^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i)],
  ["uuid3", byPattern(/^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i)],
  ["uuid4", byPattern(/^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i)],
  ["uuid5", byPattern(/^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i)],
  ["isbn", (text) => isIsbn10(text) || isIsbn13(text)],
  ["isbn10", isIsbn10],
  ["isbn13", isIsbn13],
  [
    "creditcard",
    (text) =>
      /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/.test(
        text.replaceAll(/\D/g, ""),
      ),
  ],
  ["ssn", byPattern(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/)],
  ["hexcolor", byPattern(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/)],
  ["rgbcolor", byPattern(/^rgb\(\s*\d{1,3}\s*,\s*\d{1,3}\s*,\s*\d{1,3}\s*\)$/)],
  ["byte", (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)],
  ["date", byPattern(DATE)],
  ["duration", (text) => parseDurationMs(text.replace(/^[-+]/, "")) !== undefined || /^\d+ ?[a-z]+$/.test(text)],
  ["date-time", byPattern(DATE_TIME)],
  ["datetime", byPattern(DATE_TIME)],
  ["k8s-short-name", (text) => dns1123LabelErrors(text).length === 0],
  ["k8s-long-name", (text) => dns1123SubdomainErrors(text).length === 0],
  ["quantity", byPattern(/^[+-]?(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?\d+)?$/)],
]);
const NAMES: ReadonlySet<string> = new Set([...FORMATS.keys()].map((name) => name.replaceAll("-", "")));

/** Formats that are known and let everything be, and our own, which is none to others. */
const UNCHECKED = "password";
const OWN = "quantity";

/** Whether kube-apiserver knows a format of strings; hyphens do not count. */
export function isStringFormat(format: string): boolean {
  const name = format.replaceAll("-", "");
  return name === UNCHECKED || (name !== OWN && NAMES.has(name));
}

/** The check of a string format, or `undefined` for a format that is not checked. */
export function stringFormat(format: string): Format | undefined {
  return FORMATS.get(format);
}

function isIpv6(text: string): boolean {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || text.includes(":::") || text.split("::").length > 2) return false;
  const lastColon = text.lastIndexOf(":");
  const embedded = text.slice(lastColon + 1);
  if (embedded.includes(".")) return isIpv4(embedded) && isIpv6(`${text.slice(0, lastColon + 1)}0:0`);
  const groups = text.split(":");
  const filled = groups.filter((group) => group !== "");
  if (filled.some((group) => group.length > 4)) return false;
  if (!text.includes("::")) return groups.length === 8 && filled.length === 8;
  return filled.length < 8 && !/^:[^:]|[^:]:$/.test(text);
}

function isCidr(text: string): boolean {
  const [address = "", bits = "", ...rest] = text.split("/");
  if (rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(bits)) return false;
  return isIpv4(address) ? Number(bits) <= 32 : isIpv6(address) && Number(bits) <= 128;
}

function isIsbn10(text: string): boolean {
  const digits = digitsOnly(text);
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < 10; index++) sum += (index + 1) * (digits[index] === "X" ? 10 : Number(digits[index]));
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = digitsOnly(text);
  if (!/^\d{13}$/.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < 13; index++) sum += (index % 2 === 0 ? 1 : 3) * Number(digits[index]);
  return sum % 10 === 0;
}
