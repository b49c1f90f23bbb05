import type { Kind, KubeObject } from "../../apimachinery/index.ts";
import { deepEqual } from "../../std/index.ts";
import { annotationKeys, validateLabels } from "../core/placement-validation.ts";
import type { Strategy } from "../descriptor.ts";
import { type Findings, inOrder, invalid, NOTHING } from "../validation.ts";
import { type AdminNamespace, adminRequests, adminResults } from "./admin-access.ts";
import { deviceSelectors, listOf, opaqueConfig, type SelectorCheck } from "./checks.ts";
import { checkClaim, goClaim, withClaimDefaults, withoutDisabled } from "./claim-spec.ts";
import { checkClaimStatus, preparedStatus } from "./claim-status.ts";
import { type ClaimSpec, DeviceClass, ResourceClaim, ResourceClaimTemplate } from "./kinds.ts";

/** What is particular to the kinds whose selectors somebody has to compile, and whose namespaces somebody has to look at. */
export function deviceStrategy(
  kind: Kind<KubeObject>,
  compile: SelectorCheck,
  isAdmin: AdminNamespace,
): Strategy | undefined {
  const strategies: Readonly<Record<string, unknown>> = {
    [DeviceClass.plural]: classStrategy(compile),
    [ResourceClaim.plural]: claimStrategy(compile, isAdmin),
    [ResourceClaimTemplate.plural]: templateStrategy(compile, isAdmin),
  };
  return kind.group === DeviceClass.group ? (strategies[kind.plural] as Strategy | undefined) : undefined;
}

/** `DRAExtendedResource` is off. */
function withoutExtended(deviceClass: DeviceClass): DeviceClass {
  if (deviceClass.spec?.extendedResourceName === undefined) return deviceClass;
  const { extendedResourceName, ...spec } = deviceClass.spec;
  return { ...deviceClass, spec };
}

function classStrategy(compile: SelectorCheck): Strategy<DeviceClass> {
  return {
    prepareForCreate: withoutExtended,
    prepareForUpdate: withoutExtended,
    validate: ({ spec = {} }) => [
      ...deviceSelectors(spec.selectors, "spec.selectors", compile),
      ...listOf(spec.config, { path: "spec.config" }, ({ opaque }, at) => opaqueConfig(opaque, `${at}.opaque`)),
    ],
  };
}

function claimStrategy(compile: SelectorCheck, isAdmin: AdminNamespace): Strategy<ResourceClaim> {
  const changed = (claim: ResourceClaim, change: (spec: ClaimSpec) => ClaimSpec): ClaimSpec | undefined =>
    claim.spec === undefined ? undefined : change(claim.spec);
  const withSpec = (claim: ResourceClaim, spec: ClaimSpec | undefined): ResourceClaim =>
    spec === undefined || spec === claim.spec ? claim : { ...claim, spec };
  const plain = (claim: ResourceClaim): ResourceClaim => withSpec(claim, changed(claim, withoutDisabled));
  return {
    applyDefaults: (claim) => withSpec(claim, changed(claim, withClaimDefaults)),
    prepareForCreate: plain,
    prepareForUpdate: plain,
    prepareStatus: preparedStatus,
    // What stands in a specification never changes, so that only a new one is looked into.
    validate: ({ metadata: { namespace = "" }, spec = {} }, before) =>
      before === undefined
        ? [...adminRequests(spec, namespace, isAdmin), ...checkClaim(spec, "spec", compile)]
        : NOTHING,
    validateUpdate: ({ spec = {} }, before) =>
      deepEqual(spec, before.spec ?? {})
        ? NOTHING
        : [invalid("spec", goClaim("ClaimSpec", spec), "field is immutable")],
    validateStatus: (claim, before) => [
      ...adminResults(claim.status?.allocation, before.status?.allocation, {
        namespace: claim.metadata.namespace ?? "",
        isAdmin,
      }),
      ...checkClaimStatus(claim, before),
    ],
  };
}

function templateStrategy(compile: SelectorCheck, isAdmin: AdminNamespace): Strategy<ResourceClaimTemplate> {
  const within = (template: ResourceClaimTemplate, change: (spec: ClaimSpec) => ClaimSpec): ResourceClaimTemplate => {
    const spec = template.spec?.spec;
    const next = spec === undefined ? spec : change(spec);
    return next === undefined || next === spec ? template : { ...template, spec: { ...template.spec, spec: next } };
  };
  return {
    applyDefaults: (template) => within(template, withClaimDefaults),
    prepareForCreate: (template) => within(template, withoutDisabled),
    prepareForUpdate: (template) => within(template, withoutDisabled),
    validate: ({ metadata: { namespace = "" }, spec = {} }, before) => [
      ...(before === undefined ? adminRequests(spec.spec ?? {}, namespace, isAdmin) : NOTHING),
      ...validateLabels(spec.metadata?.labels, "spec.metadata.labels"),
      ...annotationKeys(spec.metadata?.annotations, "spec.metadata.annotations"),
      ...checkClaim(spec.spec ?? {}, "spec.spec", compile),
    ],
    validateUpdate: checkTemplate,
  };
}

function checkTemplate({ spec = {} }: ResourceClaimTemplate, before: ResourceClaimTemplate): Findings {
  if (deepEqual(spec, before.spec ?? {})) return NOTHING;
  const { labels } = spec.metadata ?? {};
  const metadata = { ...spec.metadata, ...(labels === undefined ? {} : { labels: inOrder(labels) }) };
  const shown = { ...metadata, Spec: goClaim("ClaimSpec", spec.spec ?? {}) };
  return [invalid("spec", shown, "field is immutable")];
}
