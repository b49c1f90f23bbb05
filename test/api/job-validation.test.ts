import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/apimachinery/index.ts";
import { given, prepared, refusals, updateRefusals } from "./built-in.ts";

type Fields = Readonly<Record<string, unknown>>;
const container = { name: "main", image: "a" };
const template = { spec: { containers: [container], restartPolicy: "Never" } };
const job = (spec: Fields, metadata: Fields = {}) =>
  given("Job", { metadata: { uid: "u", ...metadata }, spec: { template, ...spec } });
const rule = (fields: Fields) => ({ podFailurePolicy: { rules: [{ action: "Ignore", ...fields }] } });
const indexed = { completionMode: "Indexed", completions: 3, parallelism: 3 };
const cron = (fields: Fields) =>
  given("CronJob", { spec: { schedule: "* * * * *", jobTemplate: { spec: { template } }, ...fields } });

const specOf = (object: KubeObject) => (prepared(object) as KubeObject & { spec: Fields }).spec;

describe("a Job is refused for", () => {
  it.each<[what: string, spec: Fields, expected: readonly string[]]>([
    ["nothing", { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 1 }, []],
    [
      "an index policy without indexes",
      { backoffLimitPerIndex: 1 },
      ["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"],
    ],
    [
      "more failed indexes than there are",
      { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 4 },
      ["spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions"],
    ],
    [
      "a manager without domain",
      { managedBy: "me" },
      ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'],
    ],
    [
      "an action nobody knows",
      rule({ action: "Panic", onPodConditions: [{ type: "DisruptionTarget" }] }),
      [
        'spec.podFailurePolicy.rules[0].action: Unsupported value: "Panic": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
      ],
    ],
    [
      "a rule about nothing",
      rule({}),
      ["spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required"],
    ],
    [
      "success as a failure, codes out of order, of no container",
      rule({ onExitCodes: { operator: "In", values: [2, 0], containerName: "other" } }),
      [
        'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "other": must be one of the container or initContainer names in the pod template',
        "spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator",
        "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,0]: must be ordered",
      ],
    ],
    [
      "success of indexes there are not",
      { ...indexed, successPolicy: { rules: [{ succeededIndexes: "0,2-3", succeededCount: 4 }] } },
      [
        'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0,2-3": error parsing succeededIndexes: too large index: "3"',
        "spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)",
        "spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 0 (the number of indexes in the specified succeededIndexes field)",
      ],
    ],
    [
      "a restart policy that hides failures",
      {
        template: { spec: { containers: [container], restartPolicy: "OnFailure" } },
        ...rule({ onPodConditions: [{ type: "a" }] }),
      },
      [
        'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
      ],
    ],
  ])("%s", (_, spec, expected) => {
    expect(refusals(job(spec))).toEqual(expected);
  });

  it("a name its last pod could not have", () => {
    const name = "a".repeat(62);
    expect(refusals(job(indexed, { name }))).toEqual([
      `metadata.name: Invalid value: "${name}": will not able to create pod with invalid DNS label: ${name}-2`,
    ]);
  });
});

it("a Job's defaults follow its policies; its labels are its template's", () => {
  expect(specOf(job({ ...indexed, backoffLimitPerIndex: 1 }))).toMatchObject({ backoffLimit: 2147483647 });
  expect(specOf(job(rule({ onPodConditions: [{ type: "a" }] })))).toMatchObject({
    backoffLimit: 6,
    podReplacementPolicy: "Failed",
    podFailurePolicy: { rules: [{ onPodConditions: [{ type: "a", status: "True" }] }] },
  });
  expect(prepared(job({})).metadata.labels).toMatchObject({ "job-name": "web", "controller-uid": "u" });
});

describe("a Job may not change", () => {
  it.each<[what: string, before: Fields, after: Fields, expected: readonly string[]]>([
    ["nothing of scheduling once it runs", { suspend: true }, {}, []],
    [
      "its size alone",
      indexed,
      { completions: 4 },
      ["spec.completions: Invalid value: 4: can only be modified in tandem with spec.parallelism"],
    ],
    ["its size as a whole is open", indexed, { completions: 4, parallelism: 4 }, []],
    [
      "its manager",
      { managedBy: "a.io/b" },
      { managedBy: "a.io/c" },
      ['spec.managedBy: Invalid value: "a.io/c": field is immutable'],
    ],
  ])("%s", (_, before, after, expected) => {
    const old = prepared(job(before));
    expect(updateRefusals(old, { ...old, spec: { ...specOf(old), ...after } } as never)).toEqual(expected);
  });

  it("where its pods run, unless it is suspended and has not started", () => {
    const moved = (spec: Fields) => {
      const old = prepared(job(spec)) as never as { spec: { template: { spec: Fields } } };
      const next = {
        ...old,
        spec: {
          ...old.spec,
          template: { ...old.spec.template, spec: { ...old.spec.template.spec, nodeSelector: { a: "b" } } },
        },
      };
      return updateRefusals(old as never, next as never).map((text) => text.slice(0, 14));
    };
    expect(moved({ suspend: true })).toEqual([]);
    expect(moved({ suspend: false })).toEqual(["spec.template:"]);
  });
});

describe("a schedule", () => {
  it.each([
    ["*/5 1-3 * jan mon-fri", undefined],
    ["@daily", undefined],
    ["@every 1h30m", undefined],
    ["@every .5h", undefined],
    ["1 2 3", "expected exactly 5 fields, found 3: [1 2 3]"],
    ["61 * * * *", "end of range (61) above maximum (59): 61"],
    ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
    ["5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"],
    ["*/0 * * * *", "step of range should be a positive number: */0"],
    ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
    ["1/2/3 * * * *", "too many slashes: 1/2/3"],
    ["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ["1-x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ["0 0 * * 7", "end of range (7) above maximum (6): 7"],
    ["@fortnightly", "unrecognized descriptor: @fortnightly"],
    ["@every x", 'failed to parse duration @every x: time: invalid duration "x"'],
    ["@every 5", 'failed to parse duration @every 5: time: missing unit in duration "5"'],
  ])("%s: %s", (schedule, wrong) => {
    const expected = wrong === undefined ? [] : [`spec.schedule: Invalid value: ${JSON.stringify(schedule)}: ${wrong}`];
    expect(refusals(cron({ schedule }))).toEqual(expected);
  });

  it.each([
    ["Europe/Rome", []],
    ["Etc/GMT+5", []],
    ["Mars/Olympus", ['spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus']],
    ["../x", ['spec.timeZone: Invalid value: "../x": unknown time zone ../x']],
    [
      "local",
      [
        'spec.timeZone: Invalid value: "local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
        'spec.timeZone: Invalid value: "local": unknown time zone local',
      ],
    ],
  ])("in %s", (timeZone, expected) => {
    expect(refusals(cron({ timeZone }))).toEqual(expected);
  });
});
