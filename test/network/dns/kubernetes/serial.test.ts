import { expect, it } from "vitest";
import { service, slice } from "../../objects.ts";
import { server } from "../test-server.ts";

it("the serial tells of what is answered otherwise, and of nothing else", () => {
  const made = server(["kubernetes cluster.local"]);
  const web = service("web", { clusterIP: "10.13.0.20", clusterIPs: ["10.13.0.20"] });
  const one = slice({ service: "web", endpoints: ["10.12.0.7"] });
  const [endpoint] = one.endpoints ?? [];
  const labelled = { metadata: { ...web.metadata, labels: { a: "b" } } };
  const steps: readonly (readonly [what: string, run: () => void, isSeen: boolean])[] = [
    ["a namespace", () => made.zone.putNamespace("default"), false],
    ["a Service", () => made.zone.putService(web), true],
    ["its label", () => made.zone.putService({ ...web, ...labelled }), false],
    ["its port", () => made.zone.putService({ ...web, spec: { ...web.spec, ports: [{ port: 81 }] } }), true],
    ["a slice", () => made.zone.putEndpointSlice(one), true],
    ["its label", () => made.zone.putEndpointSlice({ ...one, metadata: { ...one.metadata, generation: 2 } }), false],
    ["its port", () => made.zone.putEndpointSlice({ ...one, ports: [{ port: 81 }] }), true],
    [
      "readiness",
      () =>
        made.zone.putEndpointSlice({
          ...one,
          endpoints: [{ ...endpoint, addresses: ["10.12.0.7"], conditions: { ready: false } }],
        }),
      true,
    ],
    ["no slice", () => made.zone.removeEndpointSlice(one), true],
    ["no Service", () => made.zone.removeService(web), true],
  ];
  for (const [what, run, isSeen] of steps) {
    const before = made.zone.serial;
    made.advance(1_000);
    run();
    expect(made.zone.serial !== before, what).toBe(isSeen);
  }
});
