import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { fleetOf, membersNamed, readFleetFile, readScenarioFile } from "../../src/scenario/index.ts";

const folder = mkdtempSync(join(tmpdir(), "atoll-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(text: string): string {
  const file = join(folder, "file.yaml");
  writeFileSync(file, text);
  return file;
}

function complaint(read: (file: string) => unknown, text: string): string {
  const file = written(text);
  try {
    read(file);
  } catch (error) {
    return (error as Error).message.replace(file, "file.yaml");
  }
  return "accepted";
}

const FLEET = "apiVersion: atoll.dev/v1alpha1\nkind: Fleet\nspec:\n";
const SCENARIO = "apiVersion: atoll.dev/v1alpha1\nkind: Scenario\nmetadata: {name: s}\nspec:\n";

describe("a Fleet file", () => {
  it.each([
    [
      "a field nobody knows",
      `${FLEET}  sed: 4\n`,
      /^file\.yaml:4:3: unknown field spec\.sed; expected one of dns, federation, host, members, network, seed, serving, speed, startTime$/,
    ],
    ["a value of another type", `${FLEET}  seed: many\n`, /^file\.yaml:4:9: spec\.seed: .*integer/],
    [
      "a network that is none",
      `${FLEET}  members:\n  - name: a\n    podCIDR: ten\n`,
      /^file\.yaml:6:14: spec\.members\[0\]\.podCIDR/,
    ],
    ["a member without a name", `${FLEET}  members:\n  - region: north\n`, /^file\.yaml:5:5: spec\.members\[0\]\.name/],
    [
      "a name used twice",
      `${FLEET}  members:\n  - name: a\n  - name: a\n`,
      /^file\.yaml:6:11: member name a is used twice$/,
    ],
    [
      "the host's name for a member",
      `${FLEET}  members:\n  - name: host\n`,
      /^file\.yaml:5:11: host is the name of the control plane/,
    ],
    [
      "names that are to find imports nobody serves",
      `${FLEET}  dns:\n    multicluster: false\n    unifiedNames: preferLocal\n`,
      /^file\.yaml:6:19: dns\.unifiedNames needs dns\.multicluster, which is off$/,
    ],
    [
      "two that would serve one zone",
      `${FLEET}  dns:\n    multicluster: true\n    clusterset: lighthouse\n`,
      /^file\.yaml:5:19: dns\.multicluster and dns\.clusterset: lighthouse both serve clusterset\.local$/,
    ],
    [
      "global addresses nobody would be told",
      `${FLEET}  network:\n    globalnet: true\n`,
      /^file\.yaml:5:16: network\.globalnet needs dns\.clusterset: lighthouse$/,
    ],
    [
      "more members than there are global networks",
      `${FLEET}  network:\n    globalnet: true\n  dns:\n    clusterset: lighthouse\n  members:\n${membersNamed(257)
        .map(({ name }) => `  - name: ${name}\n`)
        .join("")}`,
      /^file\.yaml:5:16: network\.globalnet has room for 256 members, not for 257$/,
    ],
    ["another kind", "apiVersion: atoll.dev/v1alpha1\nkind: Flood\nspec: {}\n", /^file\.yaml:2:7: kind: .*Fleet/],
    ["broken YAML", `${FLEET}  members: [\n`, /^file\.yaml:\d+:\d+: /],
    ["nothing", "", /is empty; expected an object of kind Fleet$/],
    ["two documents", `${FLEET}  seed: 1\n---\n${FLEET}  seed: 2\n`, /^file\.yaml:6:1: expected one Fleet in the file/],
  ])("tells of %s in one sentence with its place", (_what, text, expected) => {
    expect(complaint(readFleetFile, text)).toMatch(expected);
  });

  it("is told of when it cannot be read", () => {
    expect(() => readFleetFile(join(folder, "absent.yaml"))).toThrow(/^cannot read .*absent\.yaml: no such file$/);
  });

  it("finds a member's kubeconfig from its own folder, and from the home folder", () => {
    const file = written(
      `${FLEET}  members:\n  - name: a\n    kubeconfig: near.config\n  - name: b\n    kubeconfig: ~/far.config\n`,
    );
    expect(readFleetFile(file).members.map((member) => member.kubeconfig)).toEqual([
      join(folder, "near.config"),
      join(homedir(), "far.config"),
    ]);
  });

  it("gets the address plan of two kind clusters by default", () => {
    const { members } = fleetOf({});
    expect(members.map(({ name, podCIDR, serviceCIDR, dnsIP }) => [name, podCIDR, serviceCIDR, dnsIP])).toEqual([
      ["member1", "10.10.0.0/16", "10.11.0.0/16", "10.11.0.10"],
      ["member2", "10.12.0.0/16", "10.13.0.0/16", "10.13.0.10"],
    ]);
  });

  it("gives 200 members networks that do not overlap", () => {
    const { members } = fleetOf({ members: membersNamed(200) });
    const networks = members.flatMap((member) => [member.podCIDR, member.serviceCIDR]);
    expect(new Set(networks).size).toBe(400);
  });
});

describe("a Scenario file", () => {
  it.each([
    [
      "an operation nobody knows",
      `${SCENARIO}  steps:\n  - name: a\n    try:\n    - aply: {file: x}\n`,
      /^file\.yaml:8:7: unknown field spec\.steps\[0\]\.try\[0\]\.aply; expected one of advance, apply, assert, .*until, wait$/,
    ],
    [
      "two operations in one",
      `${SCENARIO}  steps:\n  - name: a\n    try:\n    - advance: {duration: 1s}\n      sleep: {duration: 1s}\n`,
      /^file\.yaml:8:7: expected exactly one operation .* found advance and sleep$/,
    ],
    [
      "no operation",
      `${SCENARIO}  steps:\n  - name: a\n    try:\n    - description: nothing\n`,
      /^file\.yaml:8:7: expected exactly one operation .* found none$/,
    ],
    [
      "an unknown cluster",
      `${SCENARIO}  steps:\n  - name: a\n    cluster: member9\n    try: []\n`,
      /^file\.yaml:7:\d+: unknown cluster member9; the fleet has host, member1, member2$/,
    ],
    [
      "a duration that is none",
      `${SCENARIO}  steps:\n  - name: a\n    try:\n    - advance: {duration: soon}\n`,
      /^file\.yaml:8:27: spec\.steps\[0\]\.try\[0\]\.advance\.duration/,
    ],
    [
      "an assertion of nothing",
      `${SCENARIO}  steps:\n  - name: a\n    try:\n    - assert: {timeout: 1s}\n`,
      /^file\.yaml:8:7: assert: expected file or resource$/,
    ],
    ["a step without a name", `${SCENARIO}  steps:\n  - try: []\n`, /^file\.yaml:6:5: spec\.steps\[0\]\.name/],
  ])("tells of %s in one sentence with its place", (_what, text, expected) => {
    expect(complaint(readScenarioFile, text)).toMatch(expected);
  });

  it("reads every sample", () => {
    for (const sample of [
      "multicluster-dns",
      "weighted-replicas",
      "image-override",
      "config-follows",
      "region-outage",
    ]) {
      const scenario = readScenarioFile(join(import.meta.dirname, `../../samples/${sample}/scenario.yaml`));
      expect(scenario.name).toBe(sample);
      expect(scenario.steps.length).toBeGreaterThan(0);
    }
  });
});
