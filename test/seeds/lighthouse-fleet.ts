import { Pod, Service, ServiceExport } from "../../src/api/index.ts";
import { type DigAnswer, World, type WorldOptions } from "../../src/index.ts";

export const MEMBERS = ["member1", "member2", "member3"];
const worlds: World[] = [];

/** A world with Lighthouse, which {@link stopWorlds} stops. */
export async function lighthouseWorld(options: WorldOptions = {}): Promise<World> {
  const world = await World.create({ seed: 4, freeze: true, ...options, dns: { clusterset: "lighthouse" } });
  worlds.push(world);
  return world;
}

export async function stopWorlds(): Promise<void> {
  for (const world of worlds.splice(0)) await world.stop();
}

/** Three members with Lighthouse; each has one DNS server of its, so that it takes strict turns. */
export async function lighthouseFleet(): Promise<World> {
  const world = await lighthouseWorld({ members: MEMBERS.map((name) => ({ name })) });
  await world.settle();
  for (const name of MEMBERS)
    await world
      .member(name)
      .patch("deployments", SERVER, { spec: { replicas: 1 } }, { namespace: "submariner-operator" });
  await world.settle();
  return world;
}

export const SERVER = "submariner-lighthouse-coredns";
export const EXPORT = "apiVersion: multicluster.x-k8s.io/v1alpha1\nkind: ServiceExport\n";

export const HTTP = "{name: http, port: 80, targetPort: 8080}";
type Exported = { readonly ports?: string; readonly spec?: string; readonly annotations?: string };

/** A Deployment, its Service and the export of that. */
export function exported(name: string, { ports = HTTP, spec = "", annotations = "" }: Exported = {}): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: default}
spec:
  replicas: 1
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: c, image: "jeremyot/serve:0a40de8"}]}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: default}
spec: {selector: {app: ${name}}, ports: [${ports}]${spec}}
---
${EXPORT}metadata: {name: ${name}, namespace: default, annotations: {${annotations}}}
`;
}

/** A StatefulSet of two behind a headless Service, exported. */
export const HEADLESS = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: default}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: "jeremyot/serve:0a40de8"}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: default}
spec: {clusterIP: None, selector: {app: db}, ports: [{name: pg, port: 5432}]}
---
${EXPORT}metadata: {name: db, namespace: default}
`;

export const ask = (world: World, name: string, type = "A"): Promise<DigAnswer> =>
  world.member("member2").dig(`${name}.default.svc.clusterset.local`, type);
export const datas = ({ answers }: DigAnswer): readonly string[] => answers.map(({ data }) => data);

/** The addresses of exported ClusterIP Services and of pods, each with what it is: `foo in member1`. */
export async function called(world: World): Promise<(text: string) => string> {
  const names = new Map<string, string>();
  for (const cluster of MEMBERS) {
    for (const { metadata, spec } of await world.member(cluster).list(Service, { namespace: "default" }))
      names.set(spec.clusterIP ?? "", `${metadata.name} in ${cluster}`);
    for (const { metadata, status } of await world.member(cluster).list(Pod, { namespace: "default" }))
      names.set(status?.podIP ?? "", `${metadata.name} in ${cluster}`);
  }
  return (text) => names.get(text) ?? text;
}

export async function conditions(
  world: World,
  cluster: string,
  name: string,
): Promise<Readonly<Record<string, string>>> {
  const found = await world.member(cluster).get(ServiceExport, name, "default");
  return Object.fromEntries((found?.status?.conditions ?? []).map(({ type, reason = "" }) => [type, reason]));
}

export async function messages(world: World, cluster: string, name: string): Promise<string> {
  const found = await world.member(cluster).get(ServiceExport, name, "default");
  return (found?.status?.conditions ?? []).map(({ message }) => message).join("\n");
}

export const scale = async (world: World, member: string, name: string, replicas: number): Promise<void> => {
  await world.member(member).patch("deployments", name, { spec: { replicas } }, { namespace: "default" });
  await world.advance("3s");
};
