import { describe, expect, it } from "vitest";
import { compileJsonPath, renderJsonPath } from "../../src/apimachinery/index.ts";

const list = {
  kind: "List",
  items: [
    {
      kind: "None",
      metadata: { name: "127.0.0.1", labels: { "kubernetes.io/hostname": "one" } },
      status: {
        capacity: { cpu: "4" },
        addresses: [
          { type: "LegacyHostIP", address: "127.0.0.1" },
          { type: "ExternalIP", address: "1.1.1.1" },
        ],
        conditions: [{ type: "Ready", status: "True" }],
        ready: true,
      },
    },
    {
      kind: "None",
      metadata: { name: "127.0.0.2" },
      status: { capacity: { cpu: "8" }, addresses: [{ type: "another", address: "127.0.0.3" }], ready: false },
    },
  ],
  users: [
    { name: "myself", user: {} },
    { name: "e2e", user: { username: "admin", password: "secret" } },
  ],
  numbers: [1, 2, 3, 4, 5],
};

describe("a JSONPath template", () => {
  it.each([
    ["kind is {.kind}", "kind is List"],
    ["{.kind}", "List"],
    ["{@.kind}", "List"],
    ["{$.kind}", "List"],
    ["{['kind']}", "List"],
    ["{.items[*].metadata.name}", "127.0.0.1 127.0.0.2"],
    ["{.items[*]['metadata.name', 'kind']}", "None None"],
    ['{.users[?(@.name=="e2e")].user.password}', "secret"],
    ["{.users[?(@.user.username)].name}", "e2e"],
    ["{.items[?(@.status.ready==true)].metadata.name}", "127.0.0.1"],
    ["{..name}", "127.0.0.1 127.0.0.2 myself e2e"],
    ["{.numbers[1:3]}", "2 3"],
    ["{.numbers[-2:]}", "4 5"],
    ["{.numbers[::2]}", "1 3 5"],
    ["{.numbers[0,4]}", "1 5"],
    ["{.numbers[-1]}", "5"],
    ["{.numbers[9]}", ""],
    ["{.numbers[?(@>3)]}", "4 5"],
    ["{.nowhere.at.all}", ""],
    [String.raw`{.items[0].metadata.labels.kubernetes\.io/hostname}`, "one"],
    [".kind", ".kind"],
    ["{.items[0].status.capacity}", '{"cpu":"4"}'],
    ["{.items[0].status.ready}", "true"],
    [
      "{range .items[*]}[{.metadata.name}, {.status.capacity}] {end}",
      '[127.0.0.1, {"cpu":"4"}] [127.0.0.2, {"cpu":"8"}] ',
    ],
    [String.raw`{range .items[*]}{.metadata.name}{"\t"}{end}`, "127.0.0.1\t127.0.0.2\t"],
    ["{range .items[*]}{range .status.addresses[*]}{.address};{end}|{end}", "127.0.0.1;1.1.1.1;|127.0.0.3;|"],
    ["{range .users[*]}{$.kind}:{.name} {end}", "List:myself List:e2e "],
    ["{'{'}{.kind}{'}'}", "{List}"],
    [
      String.raw`S0-64 {range .items[*]}{.status.addresses[?(@.type=="ExternalIP")].address}{"\n"}{end}`,
      "S0-64 1.1.1.1\n\n",
    ],
  ])("%s", (template, text) => {
    expect(renderJsonPath(template, list)).toBe(text);
  });

  it.each(["{.kind", "{end}", "{range .items[*]}{.x}", "{.a[}", "{.a[x]}"])("%s is refused", (template) => {
    expect(() => renderJsonPath(template, list)).toThrow();
  });
});

describe("a single JSONPath", () => {
  it.each([
    [".kind", ["List"]],
    ["{.kind}", ["List"]],
    [".items[*].status.capacity.cpu", ["4", "8"]],
    ['.items[0].status.conditions[?(@.type=="Ready")].status', ["True"]],
    [".items[0].status.ready", [true]],
    [".nowhere", []],
    [".items.metadata", []],
  ])("%s finds %j", (path, values) => {
    expect(compileJsonPath(path)(list)).toEqual(values);
  });
});
