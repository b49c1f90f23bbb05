import {
  compareQuantities,
  dns1123LabelErrors,
  formatQuantity,
  quantityValue,
  tryParseQuantity,
} from "../../apimachinery/index.ts";
import {
  eachEntry,
  eachItem,
  type Findings,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  required,
} from "../validation.ts";
import type { PodSpec, ResourceList, ResourceRequirements } from "./pod.ts";
import { containerResourceNameErrors, isCounted, isHugePages, mayOvercommit } from "./resource-names.ts";

/** An amount that is not negative, and whole when the resource is counted (`ValidateResourceQuantityValue`). */
export function quantityOf(name: string, field: string, text: unknown): Findings {
  const isNegative = typeof text === "string" ? text.startsWith("-") : Number(text) < 0;
  if (!isNegative && !isCounted(name)) return NOTHING;
  const quantity = tryParseQuantity(text);
  if (quantity === undefined) return NOTHING;
  return [
    ...(quantity.nanos < 0n
      ? [invalid(field, formatQuantity(quantity), "must be greater than or equal to 0")]
      : NOTHING),
    ...(isCounted(name) && quantity.nanos % 1_000_000_000n !== 0n
      ? [invalid(field, formatQuantity(quantity), "must be an integer")]
      : NOTHING),
  ];
}

/** An amount greater than nothing (`ValidatePositiveQuantityValue`). */
export function positiveQuantity(field: string, text: unknown): Findings {
  const quantity = tryParseQuantity(text);
  return quantity === undefined || quantity.nanos > 0n
    ? NOTHING
    : [invalid(field, formatQuantity(quantity), "must be greater than zero")];
}

/** An amount that is not negative, shown as the whole number it is at least (`validateBasicResource`). */
export function basicQuantity(field: string, text: unknown): Findings {
  const quantity = tryParseQuantity(text);
  if (quantity === undefined || quantity.nanos >= 0n) return NOTHING;
  const value = quantityValue(quantity);
  return value < 0 ? [invalid(field, value, "must be a valid resource quantity")] : NOTHING;
}

/** What a container asks for and may use at most (`ValidateContainerResourceRequirements`). */
export function validateResources(
  resources: ResourceRequirements | undefined,
  path: string,
  claims: PodSpec["resourceClaims"],
): Findings {
  if (resources === undefined) return NOTHING;
  const { limits, requests } = resources;
  if (limits === undefined && requests === undefined && resources.claims === undefined) return NOTHING;
  return [
    ...amounts(limits, `${path}.limits`),
    ...amounts(requests, `${path}.requests`),
    ...eachEntry(requests, (name, text) => checkRequest(name, text, limits, path)),
    ...hugePagesAlone(resources, path),
    ...checkClaims(resources, path, claims),
  ];
}

function amounts(list: ResourceList | undefined, path: string): Findings {
  return eachEntry(list, (name, text) => {
    const details = containerResourceNameErrors(name);
    const isPlain = details.length === 0 && !isHugePages(name);
    const negative = quantityOf(name, `${path}[${name}]`, text);
    if (isPlain && negative.length === 0) return NOTHING;
    return [
      ...invalidFor(`${path}[${name}]`, name, details),
      ...negative,
      ...indivisible(name, text, `${path}[${name}]`),
    ];
  });
}

function indivisible(name: string, text: string, field: string): Findings {
  if (!isHugePages(name)) return NOTHING;
  const page = tryParseQuantity(name.slice("hugepages-".length));
  const amount = tryParseQuantity(text);
  if (page === undefined || amount === undefined || page.nanos <= 0n) return NOTHING;
  if (amount.nanos > 0n && amount.nanos % page.nanos === 0n) return NOTHING;
  const shown = formatQuantity(amount);
  return [invalid(field, shown, `${shown} is not positive integer multiple of ${name}`)];
}

function checkRequest(name: string, text: string, limits: ResourceList | undefined, path: string): Findings {
  const limit = limits?.[name];
  if (limit === text) return NOTHING;
  if (limit === undefined)
    return mayOvercommit(name)
      ? NOTHING
      : [required(`${path}.limits`, "Limit must be set for non overcommitable resources")];
  const [asked, most] = [tryParseQuantity(text), tryParseQuantity(limit)];
  if (asked === undefined || most === undefined) return NOTHING;
  const order = compareQuantities(asked, most);
  const rule = mayOvercommit(name) ? "less than or equal to" : "equal to";
  if (order < 0 ? mayOvercommit(name) : order === 0) return NOTHING;
  return [
    invalid(`${path}.requests`, formatQuantity(asked), `must be ${rule} ${name} limit of ${formatQuantity(most)}`),
  ];
}

function hugePagesAlone({ limits = {}, requests = {} }: ResourceRequirements, path: string): Findings {
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (!names.some(isHugePages) || names.includes("cpu") || names.includes("memory")) return NOTHING;
  return [forbidden(path, "HugePages require cpu or memory")];
}

function checkClaims({ claims }: ResourceRequirements, path: string, known: PodSpec["resourceClaims"]): Findings {
  const names = (known ?? []).map(({ name }) => name).sort();
  const seen = new Set<string>();
  return eachItem(claims, ({ name, request = "" }, index) => {
    const field = `${path}.claims[${index}]`;
    if (!name) return [required(field)];
    const key = request === "" ? name : `${name}/${request}`;
    const isRepeated =
      seen.has(name) || seen.has(key) || (request === "" && [...seen].some((other) => other.startsWith(`${name}/`)));
    seen.add(key);
    const unknown = `must be one of the names in pod.spec.resourceClaims${names.length === 0 ? " which is empty" : `: ${names.join(", ")}`}`;
    return [
      ...(request === "" ? NOTHING : invalidFor(`${field}.request`, request, dns1123LabelErrors(request))),
      ...(isRepeated
        ? [{ type: "FieldValueDuplicate", field, value: seen.has(name) ? name : key, detail: "" } as const]
        : NOTHING),
      ...(names.includes(name)
        ? NOTHING
        : [{ type: "FieldValueNotFound", field, value: name, detail: unknown } as const]),
    ];
  });
}
