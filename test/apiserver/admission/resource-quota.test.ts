import { describe, expect, it } from "vitest";
import { ConfigMap, Pod, ResourceQuota, Service } from "../../../src/api/index.ts";
import type { Kind, KubeObject } from "../../../src/apimachinery/index.ts";
import type { ApiRequest } from "../../../src/apiserver/index.ts";
import { type Fixture, fixture, object } from "../fixture.ts";

type Amounts = Readonly<Record<string, string>>;
type Fields = Readonly<Record<string, unknown>>;

/** A namespace with a quota whose controller has looked at it. */
function quota(hard: Amounts, used: Amounts, spec: Fields = {}): Fixture {
  const made = fixture();
  const at = { kind: ResourceQuota, namespace: "default" } as const;
  const created = object("v1", "ResourceQuota", { name: "q", namespace: "default" }, { spec: { hard, ...spec } });
  made.good({ verb: "create", ...at, object: created });
  const body = { status: { hard, used } };
  made.good({ verb: "patch", ...at, name: "q", subresource: "status", patch: { type: "merge", body } });
  return made;
}

const used = (made: Fixture): unknown =>
  made.good({ verb: "get", kind: ResourceQuota, namespace: "default", name: "q" }).status;

function creation(kind: Kind<KubeObject>, name: string, fields: Fields): ApiRequest {
  const made = object("v1", kind.kind, { name, namespace: "default" }, fields);
  return { verb: "create", kind, namespace: "default", object: made };
}

function pod(name: string, resources: Fields = {}, spec: Fields = {}): ApiRequest {
  return creation(Pod, name, { spec: { containers: [{ name: "c", image: "i", resources }], ...spec } });
}

describe("a ResourceQuota", () => {
  it("is charged with what is made, and refuses what is too much", () => {
    const made = quota({ pods: "2", "count/configmaps": "1" }, { pods: "1", "count/configmaps": "1" });
    made.good(pod("a"));
    expect(used(made)).toEqual({
      hard: { pods: "2", "count/configmaps": "1" },
      used: { pods: "2", "count/configmaps": "1" },
    });
    expect(made.bad(pod("b"))).toMatchObject({
      code: 403,
      reason: "Forbidden",
      message: 'pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
    });
    expect(made.bad(creation(ConfigMap, "m", {})).message).toBe(
      'configmaps "m" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1',
    );
  });

  it("counts what pods ask for, who have to say it then", () => {
    const hard = { "requests.cpu": "1", "limits.memory": "1Gi" };
    const made = quota(hard, { "requests.cpu": "500m", "limits.memory": "0" });
    expect(made.bad(pod("a")).message).toBe(
      'pods "a" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c',
    );
    const asks = { requests: { cpu: "400m" }, limits: { memory: "512Mi" } };
    made.good(pod("a", asks));
    expect(used(made)).toMatchObject({ used: { "requests.cpu": "900m", "limits.memory": "512Mi" } });
    expect(made.bad(pod("b", asks)).message).toBe(
      'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=400m, used: requests.cpu=900m, limited: requests.cpu=1',
    );
  });

  it("counts services by what they are", () => {
    const hard = { services: "5", "services.nodeports": "1", "services.loadbalancers": "0" };
    const made = quota(hard, { services: "0", "services.nodeports": "0", "services.loadbalancers": "0" });
    const service = (name: string, type: string, ports: number): ApiRequest =>
      creation(Service, name, {
        spec: { type, ports: Array.from({ length: ports }, (_, index) => ({ name: `p${index}`, port: 80 + index })) },
      });
    made.good(service("a", "NodePort", 1));
    expect(made.bad(service("b", "NodePort", 1)).message).toContain("requested: services.nodeports=1");
    expect(made.bad(service("c", "LoadBalancer", 1)).message).toContain("requested: services.loadbalancers=1");
    const widen = {
      spec: {
        ports: [
          { name: "p0", port: 80 },
          { name: "p1", port: 81 },
        ],
      },
    };
    const update: ApiRequest = {
      verb: "patch",
      kind: Service,
      namespace: "default",
      name: "a",
      patch: { type: "merge", body: widen },
    };
    expect(made.bad(update).message).toContain("requested: services.nodeports=1, used: services.nodeports=1");
    expect(used(made)).toMatchObject({ used: { services: "1", "services.nodeports": "1" } });
  });

  it("says so when it is not known yet what is used", () => {
    const made = quota({ pods: "2" }, {});
    expect(made.bad(pod("a")).message).toBe('pods "a" is forbidden: status unknown for quota: q, resources: pods');
  });

  it("holds for those in its scope", () => {
    const made = quota({ pods: "0" }, { pods: "0" }, { scopes: ["BestEffort"] });
    expect(made.bad(pod("a")).message).toContain("exceeded quota: q");
    made.good(pod("a", { requests: { cpu: "1" } }));
    const selector = {
      scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }] },
    };
    const high = quota({ pods: "0" }, { pods: "0" }, selector);
    high.good(pod("a"));
    expect(high.bad(pod("b", {}, { priorityClassName: "high" })).message).toContain("exceeded quota: q");
  });

  it("is not charged by dry runs, nor by what is refused otherwise", () => {
    const made = quota({ pods: "2" }, { pods: "0" });
    made.good({ ...pod("a"), options: { dryRun: true } });
    expect(made.ask(pod("a", { requests: { cpu: "no" } })).ok).toBe(false);
    expect(used(made)).toMatchObject({ used: { pods: "0" } });
  });
});
