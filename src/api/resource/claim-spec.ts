import { dns1123LabelErrors } from "../../apimachinery/index.ts";
import { NODE_SELECTOR } from "../core/go-core-structs.ts";
import { asGoStruct, type GoStructs } from "../go-structs.ts";
import { type Findings, invalid, invalidFor, NOTHING, oneOf, required } from "../validation.ts";
import {
  className,
  deviceSelectors,
  fullyQualifiedAttribute,
  listOf,
  opaqueConfig,
  type SelectorCheck,
  setOf,
} from "./checks.ts";
import type { ClaimSpec, DeviceChoice, DeviceConfig, DeviceConstraint, DeviceRequest } from "./kinds.ts";

const CHOICES_MAX = 8;
const NO_SUCH_REQUEST =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
const ONE_OF = "exactly one of `exactly` or `firstAvailable` is required";

/** A request for devices of a class is for exactly one of them unless it says otherwise. */
export function withClaimDefaults(spec: ClaimSpec): ClaimSpec {
  return mapChoices(spec, (choice) => {
    const { allocationMode = "", count = 0 } = choice;
    const mode = allocationMode === "" ? "ExactCount" : allocationMode;
    const number = mode === "ExactCount" && count === 0 ? 1 : count;
    if (mode === allocationMode && number === count) return choice;
    return { ...choice, allocationMode: mode, ...(number === 0 ? {} : { count: number }) };
  });
}

/** Without what is behind feature gates that are off (`DRADeviceTaints`, `DRAConsumableCapacity`). */
export function withoutDisabled(spec: ClaimSpec): ClaimSpec {
  const kept = mapChoices(spec, (choice) => {
    if (choice.tolerations === undefined && choice.capacity === undefined) return choice;
    const { tolerations, capacity, ...rest } = choice;
    return rest;
  });
  const { constraints } = kept.devices ?? {};
  if (constraints?.some((constraint) => constraint?.distinctAttribute !== undefined) !== true) return kept;
  const plain = constraints.map(({ distinctAttribute, ...constraint }) => constraint);
  return { ...kept, devices: { ...kept.devices, constraints: plain } };
}

function mapChoices(spec: ClaimSpec, change: (choice: DeviceChoice) => DeviceChoice): ClaimSpec {
  const { requests } = spec.devices ?? {};
  if (requests === undefined) return spec;
  const changed = requests.map((request) => {
    const { exactly, firstAvailable } = request ?? {};
    const one = exactly === undefined ? exactly : change(exactly);
    const several = firstAvailable?.map((choice) => change(choice ?? {}));
    const isSame = one === exactly && several?.every((choice, index) => choice === firstAvailable?.[index]) !== false;
    if (isSame) return request;
    return {
      ...request,
      ...(one === undefined ? {} : { exactly: one }),
      ...(several === undefined ? {} : { firstAvailable: several }),
    };
  });
  if (changed.every((request, index) => request === requests[index])) return spec;
  return { ...spec, devices: { ...spec.devices, requests: changed } };
}

/** What a claim asks for (`validateDeviceClaim`). */
export function checkClaim({ devices = {} }: ClaimSpec, path: string, compile: SelectorCheck): Findings {
  const named = requestNames({ devices });
  const at = `${path}.devices`;
  return [
    ...setOf(devices.requests, { path: `${at}.requests`, key: ({ name = "" }) => name }, (request, field) =>
      checkRequest(request, field, compile),
    ),
    ...listOf(devices.constraints, { path: `${at}.constraints` }, (constraint, field) =>
      checkConstraint(constraint, field, named),
    ),
    ...listOf(devices.config, { path: `${at}.config` }, (config, field) => checkConfig(config, field, named)),
  ];
}

function checkRequest({ name = "", exactly, firstAvailable = [] }: DeviceRequest, at: string, compile: SelectorCheck) {
  const count = (exactly === undefined ? 0 : 1) + (firstAvailable.length > 0 ? 1 : 0);
  return [
    ...invalidFor(`${at}.name`, name, dns1123LabelErrors(name)),
    ...(count === 0 ? [required(at, ONE_OF)] : NOTHING),
    ...(count > 1 ? [invalid(at, null, `${ONE_OF}, but multiple fields are set`)] : NOTHING),
    ...(count === 1 && exactly !== undefined ? checkChoice(exactly, `${at}.exactly`, compile) : NOTHING),
    ...(count === 1 && exactly === undefined
      ? setOf(
          firstAvailable,
          { path: `${at}.firstAvailable`, most: CHOICES_MAX, key: (choice) => choice.name ?? "" },
          (choice, field) => [
            ...invalidFor(`${field}.name`, choice.name ?? "", dns1123LabelErrors(choice.name ?? "")),
            ...checkChoice(choice, field, compile),
          ],
        )
      : NOTHING),
  ];
}

function checkChoice(choice: DeviceChoice, path: string, compile: SelectorCheck): Findings {
  const { deviceClassName, selectors, allocationMode = "", count = 0 } = choice;
  return [
    ...className(deviceClassName, `${path}.deviceClassName`),
    ...deviceSelectors(selectors, `${path}.selectors`, compile),
    ...(allocationMode === "All" && count !== 0
      ? [invalid(`${path}.count`, count, "must not be specified when allocationMode is 'All'")]
      : NOTHING),
    ...(allocationMode === "ExactCount" && count <= 0
      ? [invalid(`${path}.count`, count, "must be greater than zero")]
      : NOTHING),
    ...oneOf(`${path}.allocationMode`, allocationMode, ["All", "ExactCount"]),
  ];
}

function checkConstraint(constraint: DeviceConstraint, at: string, named: RequestNames): Findings {
  const { requests, matchAttribute } = constraint;
  return [
    ...checkNames(requests, `${at}.requests`, named),
    ...(matchAttribute === undefined
      ? [required(`${at}.matchAttribute`)]
      : fullyQualifiedAttribute(matchAttribute, `${at}.matchAttribute`)),
  ];
}

/** A configuration, and the requests it is for. */
export function checkConfig({ requests, opaque }: DeviceConfig, at: string, named: RequestNames): Findings {
  return [...checkNames(requests, `${at}.requests`, named), ...opaqueConfig(opaque, `${at}.opaque`)];
}

function checkNames(names: readonly string[] | undefined, path: string, named: RequestNames): Findings {
  return setOf(names, { path, key: (name) => name }, (name, at) =>
    checkRequestName(typeof name === "string" ? name : "", at, named),
  );
}

/** The requests of a claim with the names of their choices. */
export type RequestNames = ReadonlyMap<string, ReadonlySet<string>>;

export function requestNames({ devices }: ClaimSpec): RequestNames {
  return new Map(
    (devices?.requests ?? []).map((request) => {
      const { name = "", firstAvailable = [] } = request ?? {};
      return [name, new Set(firstAvailable.map((choice) => choice?.name ?? ""))] as const;
    }),
  );
}

/** `request` or `request/choice`. */
export function checkRequestName(name: string, path: string, named: RequestNames): Findings {
  const segments = name.split("/");
  const [first = "", second] = segments;
  const unknown = invalid(path, name, NO_SUCH_REQUEST);
  if (segments.length > 2) return [unknown];
  const choices = named.get(first);
  const isKnown = choices !== undefined && (second === undefined || choices.has(second));
  return [
    ...segments.flatMap((segment) => invalidFor(path, segment, dns1123LabelErrors(segment))),
    ...(isKnown ? NOTHING : [unknown]),
  ];
}

const STRUCTS: GoStructs = {
  ClaimSpec: "Devices:Devices",
  Devices: "Requests[]Request Constraints[]Constraint Config[]Config",
  Request: "Name Exactly?Exactly FirstAvailable[]Choice",
  Exactly: "DeviceClassName Selectors[]Selector AllocationMode Count# AdminAccess? Tolerations[] Capacity?*",
  Choice: "Name DeviceClassName Selectors[]Selector AllocationMode Count# Tolerations[] Capacity?*",
  Selector: "CEL?Cel",
  Cel: "Expression",
  Constraint: "Requests[] MatchAttribute? DistinctAttribute?",
  Config: "Requests[] Opaque?Opaque",
  Opaque: "Driver Parameters?*",
  Allocation: "Devices:Allocated NodeSelector?NodeSelector AllocationTimestamp?",
  Allocated: "Results[]Result Config[]AllocatedConfig",
  Result:
    "Request Driver Pool Device AdminAccess? Tolerations[] BindingConditions[] BindingFailureConditions[] ShareID? ConsumedCapacity?*",
  AllocatedConfig: "Source Requests[] Opaque?Opaque",
  ...NODE_SELECTOR,
};

/** A part of a claim as upstream's refusals show it. */
export function goClaim(struct: "ClaimSpec" | "Allocation", value: object): object {
  return asGoStruct(STRUCTS, struct, value);
}
