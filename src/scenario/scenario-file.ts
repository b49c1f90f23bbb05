import { dirname, resolve } from "node:path";
import { isRecord, parseDurationMs } from "../std/index.ts";
import { checkAgainst } from "./check.ts";
import { type FleetInput, type FleetSpec, fleetOf } from "./fleet.ts";
import { fleetFrom, readFleetFile } from "./fleet-file.ts";
import { operationSchemas, scenarioSchema } from "./scenario-schema.ts";
import { manifestsOf, type Position, readYamlFile, SourceError, type YamlDocument } from "./yaml-source.ts";

/** A manifest as a user wrote it. */
export type Manifest = Readonly<Record<string, unknown>>;

/** One operation of a step: its name, its arguments, and the objects it names in a file or in line. */
export type Operation = {
  readonly name: string;
  readonly description?: string;
  /** The cluster it speaks to; the step's, else `host`. */
  readonly cluster: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly manifests: readonly Manifest[];
  readonly position: Position;
};

export type Step = {
  readonly name: string;
  readonly description?: string;
  readonly try: readonly Operation[];
  readonly catch: readonly Operation[];
  readonly finally: readonly Operation[];
};

/** A scenario, read and checked. */
export type Scenario = {
  readonly name: string;
  readonly file: string;
  readonly description?: string;
  readonly fleet: FleetSpec;
  readonly steps: readonly Step[];
};

type Path = readonly (string | number)[];
type StepInput = { readonly name: string; readonly description?: string; readonly cluster?: string } & Readonly<
  Partial<Record<"try" | "catch" | "finally", readonly Manifest[]>>
>;

/** Reads a Scenario file and the files it names. Throws SourceError (file:line:column) or an Error of one sentence. */
export function readScenarioFile(file: string): Scenario {
  const [document, second] = readYamlFile(file);
  if (document === undefined) throw new Error(`${file} is empty; expected an object of kind Scenario`);
  if (second !== undefined)
    throw new SourceError(second.locate([]), "expected one Scenario in the file, found a second document");
  checkAgainst(scenarioSchema, document);
  const { metadata, spec } = document.value as {
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly description?: string;
      readonly fleet?: FleetInput;
      readonly fleetFile?: string;
      readonly steps: readonly StepInput[];
    };
  };
  const fleet = readFleet(spec, document);
  const clusters = new Set(["host", ...fleet.members.map((member) => member.name)]);
  return {
    name: metadata.name,
    file,
    ...(spec.description === undefined ? {} : { description: spec.description }),
    fleet,
    steps: spec.steps.map((step, index) => readStep(step, { document, path: ["spec", "steps", index], clusters })),
  };
}

function readFleet(
  spec: { readonly fleet?: FleetInput; readonly fleetFile?: string },
  document: YamlDocument,
): FleetSpec {
  if (spec.fleet !== undefined && spec.fleetFile !== undefined)
    throw new SourceError(document.locate(["spec", "fleetFile"]), "expected either fleet or fleetFile, found both");
  if (spec.fleetFile !== undefined) return readFleetFile(resolve(dirname(document.file), spec.fleetFile));
  return spec.fleet === undefined ? fleetOf({}) : fleetFrom(spec.fleet, document, ["spec", "fleet"]);
}

type Place = { readonly document: YamlDocument; readonly path: Path; readonly clusters: ReadonlySet<string> };

function readStep(step: StepInput, place: Place): Step {
  const phase = (name: "try" | "catch" | "finally"): readonly Operation[] =>
    (step[name] ?? []).map((operation, index) =>
      readOperation(operation, { ...place, path: [...place.path, name, index] }, step.cluster ?? "host"),
    );
  checkCluster(step.cluster, { ...place, path: [...place.path, "cluster"] });
  return {
    name: step.name,
    ...(step.description === undefined ? {} : { description: step.description }),
    try: phase("try"),
    catch: phase("catch"),
    finally: phase("finally"),
  };
}

function readOperation(input: Manifest, place: Place, stepCluster: string): Operation {
  const names = Object.keys(input).filter((key) => key !== "description");
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw new SourceError(
      place.document.locate(place.path),
      `expected exactly one operation (${Object.keys(operationSchemas).join(", ")}), found ${names.length === 0 ? "none" : names.join(" and ")}`,
    );
  }
  const path = [...place.path, name];
  const args = input[name] as Manifest;
  checkCluster(args.cluster as string | undefined, { ...place, path: [...path, "cluster"] });
  checkDurations(args, { ...place, path });
  return {
    name,
    ...(typeof input.description === "string" ? { description: input.description } : {}),
    cluster: (args.cluster as string | undefined) ?? stepCluster,
    args,
    manifests: readManifests(name, args, { ...place, path }),
    position: place.document.locate(path),
  };
}

const NEED_OBJECTS = new Set(["apply", "create", "assert", "error", "patch", "until", "consistently"]);

function readManifests(name: string, args: Manifest, { document, path }: Place): readonly Manifest[] {
  if (typeof args.file === "string") {
    const file = resolve(dirname(document.file), args.file);
    return readYamlFile(file).flatMap(manifestsOf);
  }
  if (isRecord(args.resource)) return [args.resource];
  if (NEED_OBJECTS.has(name)) throw new SourceError(document.locate(path), `${name}: expected file or resource`);
  return [];
}

function checkCluster(cluster: string | undefined, { document, path, clusters }: Place): void {
  if (cluster !== undefined && !clusters.has(cluster))
    throw new SourceError(
      document.locate(path),
      `unknown cluster ${cluster}; the fleet has ${[...clusters].join(", ")}`,
    );
}

function checkDurations(args: Manifest, { document, path }: Place): void {
  for (const field of ["timeout", "duration", "within", "for", "every"]) {
    const value = args[field];
    if (typeof value === "string" && parseDurationMs(value) === undefined)
      throw new SourceError(document.locate([...path, field]), `expected a duration such as 30s or 5m, found ${value}`);
  }
}
