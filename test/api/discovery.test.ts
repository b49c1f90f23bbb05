import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { builtinDescriptors } from "../../src/api/index.ts";
import { componentStatuses } from "../../src/kube/index.ts";
import { door } from "../apiserver/door.ts";
import { fixture } from "../apiserver/fixture.ts";

/**
 * What a kube-apiserver of v1.34 lists by itself, a resource or subresource a line:
 * group/version, name, kind[@its group/version], scope, verbs, singular, short names, categories, hash of the storage version.
 */
const EXPECTED = readFileSync(new URL("served-v1.34.txt", import.meta.url), "utf8")
  .trim()
  .split("\n");

const VERBS: Readonly<Record<string, string>> = {
  "create,delete,deletecollection,get,list,patch,update,watch": "stored",
  "get,patch,update": "part",
};
const { json } = door(fixture({ virtual: [componentStatuses({ beside: true })] }));
const told = (names: readonly string[] | undefined): string => (names ?? []).join(",") || "-";

type Legacy = {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly storageVersionHash?: string;
};
type Told = { readonly group: string; readonly version: string; readonly kind: string };
type Aggregated = {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly {
        readonly resource: string;
        readonly responseKind: Told;
        readonly scope: string;
        readonly singularResource: string;
        readonly verbs: readonly string[];
        readonly shortNames?: readonly string[];
        readonly categories?: readonly string[];
        readonly subresources?: readonly {
          readonly subresource: string;
          readonly responseKind: Told;
          readonly verbs: readonly string[];
        }[];
      }[];
    }[];
  }[];
};

/** A line of {@link EXPECTED} but for the hash. */
function lineOf(groupVersion: string, { name, kind, verbs, ...rest }: Omit<Legacy, "storageVersionHash">): string {
  const shown = verbs.join(",");
  const scope = rest.namespaced ? "namespaced" : "cluster";
  const as = rest.version ? `${kind}@${rest.group ? `${rest.group}/` : ""}${rest.version}` : kind;
  const names = [rest.singularName || "-", told(rest.shortNames), told(rest.categories)];
  return [groupVersion, name, as, scope, VERBS[shown] ?? shown, ...names].join(" ");
}

it("every resource of a v1.34 server is listed, and nothing else, in upstream's words and order", () => {
  const versions = [...new Set(EXPECTED.map((line) => line.split(" ")[0] ?? ""))];
  const lines = versions.flatMap((version) => {
    const path = version === "v1" ? "/api/v1" : `/apis/${version}`;
    const list = json("GET", path) as { resources: Legacy[] };
    return list.resources.map((each) => `${lineOf(version, each)} ${each.storageVersionHash ?? "-"}`);
  });
  expect(lines).toEqual(EXPECTED);
});

it("aggregated discovery tells the same; what is of the version it is listed under, it does not name again", () => {
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const lines = ["/api", "/apis"].flatMap((path) =>
    (json("GET", path, undefined, { accept }) as Aggregated).items.flatMap(({ metadata, versions }) =>
      versions.flatMap(({ version, resources }) => {
        const groupVersion = metadata.name ? `${metadata.name}/${version}` : version;
        return resources.flatMap(({ resource, scope, singularResource, responseKind, subresources = [], ...rest }) => {
          const namespaced = scope === "Namespaced";
          const main = { ...rest, ...responseKind, name: resource, singularName: singularResource, namespaced };
          const parts = subresources.map((part) => ({
            ...{ ...part.responseKind, verbs: part.verbs, namespaced, singularName: "" },
            name: `${resource}/${part.subresource}`,
          }));
          return [main, ...parts].map((each) => lineOf(groupVersion, each));
        });
      }),
    ),
  );
  expect(lines.sort()).toEqual(EXPECTED.map((line) => line.replace(/ [^ ]+$/, "")).sort());
});

it("groups come in the order of their priorities", () => {
  const { groups } = json("GET", "/apis") as { groups: { name: string }[] };
  expect(groups.map(({ name }) => name.replace(".k8s.io", "")).join(" ")).toBe(
    "apiregistration apps events authentication authorization autoscaling batch certificates networking policy " +
      "rbac.authorization storage admissionregistration apiextensions scheduling coordination node discovery resource " +
      "flowcontrol.apiserver",
  );
});

it("singulars are the kinds in lower case", () => {
  for (const { kind, singular } of builtinDescriptors) expect(singular).toBe(kind.kind.toLowerCase());
});

it("components are healthy where they run beside the API server; asking is advised against", () => {
  const apart = door(fixture({ virtual: [componentStatuses({ beside: false })] }));
  const asTable = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
  const rows = (list: { rows: { cells: string[] }[] }): string[] =>
    list.rows.map(({ cells }) => cells.join(" ").trim());
  const path = "/api/v1/componentstatuses";
  expect(rows(json("GET", path, undefined, asTable))).toEqual([
    "controller-manager Healthy ok",
    "etcd-0 Healthy ok",
    "scheduler Healthy ok",
  ]);
  expect(rows(apart.json("GET", path, undefined, asTable))[2]).toBe(
    'scheduler Unhealthy Get "https://127.0.0.1:10259/healthz": dial tcp 127.0.0.1:10259: connect: connection refused',
  );
  expect(apart.call("GET", `${path}/etcd-0`).headers).toMatchObject({
    warning: ['299 - "v1 ComponentStatus is deprecated in v1.19+"'],
  });
});
