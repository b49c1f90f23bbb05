import type { CustomResourceDefinition, CustomResourceDefinitionNames } from "../../api/index.ts";

/** What came of the names a definition asks for: those it has, and why it has not all of them. */
export type NamingOutcome = {
  readonly accepted: CustomResourceDefinitionNames;
  readonly conflict?: { readonly reason: string; readonly message: string };
};

const RESOURCES = ["plural", "singular"] as const;
const KINDS = ["kind", "listKind"] as const;

/** Gives a definition its names, as far as no other of its group has them (`pkg/controller/status/naming_controller.go`). */
export function acceptNames(
  definition: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
): NamingOutcome {
  const wanted = definition.spec.names;
  const held: Partial<CustomResourceDefinitionNames> = definition.status?.acceptedNames ?? {};
  const { resources, kinds } = namesOf(others.filter(({ spec }) => spec.group === definition.spec.group));
  const accepted: Record<string, unknown> = { ...held };
  let conflict: NamingOutcome["conflict"];
  const ask = (field: (typeof RESOURCES)[number] | (typeof KINDS)[number], taken: ReadonlySet<string>): void => {
    const name = wanted[field] ?? "";
    if (name !== held[field] && taken.has(name))
      conflict = { reason: `${field.charAt(0).toUpperCase()}${field.slice(1)}Conflict`, message: inUse(name) };
    else accepted[field] = name;
  };
  for (const field of RESOURCES) ask(field, resources);
  const clashing = (wanted.shortNames ?? []).filter(
    (name) => held.shortNames?.includes(name) !== true && resources.has(name),
  );
  if (clashing.length > 0) {
    const texts = clashing.map(inUse);
    conflict = {
      reason: "ShortNamesConflict",
      message: texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`,
    };
  } else if (wanted.shortNames === undefined) delete accepted.shortNames;
  else accepted.shortNames = wanted.shortNames;
  for (const field of KINDS) ask(field, kinds);
  if (wanted.categories === undefined) delete accepted.categories;
  else accepted.categories = wanted.categories;
  const names = accepted as CustomResourceDefinitionNames;
  return conflict === undefined ? { accepted: names } : { accepted: names, conflict };
}

function inUse(name: string): string {
  return `${JSON.stringify(name)} is already in use`;
}

function namesOf(definitions: readonly CustomResourceDefinition[]): {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
} {
  const accepted = definitions.flatMap(({ status }) =>
    status?.acceptedNames === undefined ? [] : [status.acceptedNames],
  );
  return {
    resources: new Set(
      accepted.flatMap(({ plural, singular = "", shortNames = [] }) => [plural, singular, ...shortNames]),
    ),
    kinds: new Set(accepted.flatMap(({ kind, listKind = "" }) => [kind, listKind])),
  };
}
