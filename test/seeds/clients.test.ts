import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigMap, Deployment, Pod } from "../../src/api/index.ts";
import { has } from "../cli/served-fleet.ts";
import { daemonSet, simple } from "./manifests/daemon-sets.ts";
import { rowsOf, type ServedWorld, servedWorld, table } from "./served-world.ts";

/** What `kubectl create` makes, one of each. */
const CREATIONS = [
  "clusterrole made --verb=get --resource=pods",
  "clusterrolebinding made --clusterrole=view --user=jane",
  "configmap made --from-literal=a=b",
  "cronjob made --image=busybox --schedule=@hourly",
  "deployment made --image=nginx",
  "ingress made --rule=shop.example/=web:80 --class=nginx",
  "job made --image=busybox",
  "namespace made",
  "poddisruptionbudget made --selector=app=made --min-available=1",
  "priorityclass made --value=1000",
  "quota made --hard=pods=10",
  "role made --verb=get --resource=pods",
  "rolebinding made --clusterrole=view --user=jane",
  "secret generic made --from-literal=a=b",
  "service clusterip made --tcp=80:80",
  "serviceaccount made",
];
const bare = (name: string, spec: object, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, ...metadata },
  spec: { containers: [{ name: "c", image: "nginx:1.27" }], ...spec },
});

type Discovery = {
  readonly items: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly { readonly responseKind: { readonly kind: string } }[];
    }[];
  }[];
};
type OpenApi = {
  readonly components?: {
    readonly schemas: Readonly<
      Record<
        string,
        {
          readonly description?: string;
          readonly properties?: object;
          readonly "x-kubernetes-group-version-kind"?: readonly { readonly kind: string }[];
        }
      >
    >;
  };
};

/** A document as a value, in whatever form the server had it. */
function documentOf(body: unknown): Readonly<Record<string, unknown>> {
  const isText = typeof body === "string" || body instanceof Uint8Array;
  return (isText ? JSON.parse(Buffer.from(body as Uint8Array).toString()) : body) as Readonly<Record<string, unknown>>;
}

describe.skipIf(!has("kubectl"))("what kubectl needs of a server", () => {
  let fleet: ServedWorld;
  const print = async (command: string | readonly string[], input?: string) => {
    const printed = await fleet.print(command, input);
    await fleet.world.settle();
    return printed;
  };
  const applied = async (...objects: readonly object[]) => {
    for (const object of objects) await fleet.member.apply(object);
    await fleet.world.settle();
  };
  const podOf = async (name: string) => (await fleet.member.get(Pod, name, "default")) as Pod;

  beforeAll(async () => {
    fleet = await servedWorld({
      startTime: new Date().toISOString(),
      members: [{ name: "member1", version: "v1.26.0", nodes: [{ name: "node1" }, { name: "node2" }] }],
    });
  });
  afterAll(async () => {
    await fleet.stop();
  });

  it("S2-01 S2-02 X-03 makes one of each kind, in a dry run and for real", async () => {
    const texts = await Promise.all(
      CREATIONS.map((command) => print([..."create --dry-run=client -o yaml".split(" "), ...command.split(" ")])),
    );
    const all = texts.join("---\n");
    const dry = (await print("apply --dry-run=server -f -", all)).trim().split("\n");
    expect(dry.filter((line) => / created \(server dry run\)$/.test(line))).toHaveLength(CREATIONS.length);
    expect((await fleet.kubectl("get deployment,job,quota,role made")).stdout).toBe("");
    const made = (await print("apply -f -", all)).trim().split("\n");
    expect(made.filter((line) => / created$/.test(line))).toHaveLength(CREATIONS.length);
    expect(await print("create token made")).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n?$/);
    await print("delete -f -", all);
  });

  it("S2-03 S2-04 explains what it serves, down to each field", async () => {
    const paths = [
      "pod.spec.restartPolicy",
      "deploy.spec.strategy",
      "hpa.spec.behavior",
      "ingress.spec.rules",
      "crd.spec.names",
    ];
    const [policy = "", ...others] = await Promise.all(paths.map((path) => print(`explain ${path}`)));
    expect(policy).toMatch(/^KIND: +Pod\nVERSION: +v1\n\nFIELD: +restartPolicy <string>\n/);
    expect(policy.replace(/\s+/g, " ")).toContain(
      "Restart policy for all containers within the pod. One of Always, OnFailure, Never",
    );
    expect(others.map((text) => /^VERSION: +(\S+)$/m.exec(text)?.[1])).toEqual(["v1", "v2", "v1", "v1"]);
    for (const text of others) expect(text).toContain("FIELDS:");
    const karmada = await Promise.all(
      ["propagationpolicies.spec.placement", "resourcebindings.spec", "works.spec.workload", "clusters.spec"].map(
        async (path) => (await fleet.host(`explain ${path}`)).stdout,
      ),
    );
    for (const text of karmada) expect(text).toMatch(/^GROUP: +\w+\.karmada\.io\n/);
    expect((await fleet.kubectl("explain pod.spec.foo")).stderr).toBe('error: field "foo" does not exist\n');
  });

  it("S2-04 every kind that discovery names has a schema to be explained by", async () => {
    for (const cluster of [fleet.member, fleet.world.host]) {
      const read = (path: string) =>
        new Promise<Readonly<Record<string, unknown>>>((done) =>
          cluster.client.raw(path, (answer) => done(answer.ok ? documentOf(answer.body) : {})),
        );
      let kinds = 0;
      for (const root of ["api", "apis"]) {
        const { items } = (await read(`/${root}`)) as Discovery;
        for (const { metadata, versions } of items)
          for (const { version, resources } of versions) {
            const path = [root, metadata?.name, version].filter((part) => part !== undefined).join("/");
            const { components } = (await read(`/openapi/v3/${path}`)) as OpenApi;
            const explained = Object.values(components?.schemas ?? {}).flatMap((schema) =>
              schema.description === undefined && schema.properties === undefined
                ? []
                : (schema["x-kubernetes-group-version-kind"] ?? []).map(({ kind }) => kind),
            );
            const served = new Set(resources.map(({ responseKind }) => responseKind.kind));
            expect([path, [...served].filter((kind) => !explained.includes(kind))]).toEqual([path, []]);
            kinds += served.size;
          }
      }
      expect(kinds).toBeGreaterThan(50);
    }
  });

  it("S2-05 S2-06 writes pods and Deployments to start from", async () => {
    const [pod, deployment] = await Promise.all([
      print("run mypod --image=myos:httpd --dry-run=client -o yaml"),
      print("create deployment myweb --image=myos:httpd --dry-run=client -o yaml"),
    ]);
    for (const line of [
      "    run: mypod",
      "    resources: {}",
      "  dnsPolicy: ClusterFirst",
      "  restartPolicy: Always",
      "status: {}",
    ])
      expect(pod.split("\n")).toContain(line);
    for (const line of ["  replicas: 1", "    app: myweb", "      app: myweb", "  strategy: {}", "        name: myos"])
      expect(deployment.split("\n")).toContain(line);
  });

  it("S1-30 S1-31 S1-32 what a command, a connection and a page say decides whether a container is healthy", async () => {
    const probes = {
      "exec-well": { exec: { command: ["true"] } },
      "exec-unwell": { exec: { command: ["false"] } },
      "tcp-well": { tcpSocket: { port: 80 } },
      "tcp-unwell": { tcpSocket: { port: 81 } },
      "http-well": { httpGet: { port: 80 } },
      "http-unwell": { httpGet: { path: "/none", port: 80 } },
    };
    const containers = Object.entries(probes).map(
      ([name, readinessProbe]) => [name, [{ name: "c", image: "nginx:1.27", readinessProbe }]] as const,
    );
    await applied(...containers.map(([name, of]) => bare(name, { containers: of })));
    // A first look may come before the program listens.
    await fleet.world.advance("11s");
    const rows = rowsOf(await print("get pods"));
    for (const name of Object.keys(probes))
      expect([name, rows.get(name)?.[1]]).toEqual([name, name.endsWith("unwell") ? "0/1" : "1/1"]);
    await print(`delete pods ${Object.keys(probes).join(" ")} --now`);
  });

  it("S1-36 a taint keeps pods off, a toleration lets them in, by value or whatever it is", async () => {
    await print("taint nodes node1 team=red:NoSchedule");
    const tolerating = (name: string, toleration: object) =>
      bare(name, { nodeSelector: { "kubernetes.io/hostname": "node1" }, tolerations: [toleration] });
    await applied(
      tolerating("same", { key: "team", operator: "Equal", value: "red", effect: "NoSchedule" }),
      tolerating("any", { key: "team", operator: "Exists" }),
      tolerating("other", { key: "team", operator: "Equal", value: "blue", effect: "NoSchedule" }),
    );
    const nodes = await Promise.all(["same", "any", "other"].map(async (name) => (await podOf(name)).spec.nodeName));
    expect(nodes).toEqual(["node1", "node1", undefined]);
    await print("taint nodes node1 team-");
    expect((await podOf("other")).spec.nodeName).toBe("node1");
    await print("delete pods same any other --now");
  });

  it("S1-43 S1-44 a DaemonSet has no count of its own, but one pod for each node", async () => {
    const counted = simple.replace("spec:\n", "spec:\n  replicas: 2\n");
    expect((await fleet.kubectl("apply -f -", counted)).stderr).toContain(
      'strict decoding error: unknown field "spec.replicas"',
    );
    await print("apply -f -", daemonSet("agent", "agent"));
    expect((await fleet.kubectl("scale ds agent --replicas=3")).code).toBe(1);
    expect(
      rowsOf(await print("get ds"))
        .get("agent")
        ?.slice(1, 4),
    ).toEqual(["2", "2", "2"]);
    await print("delete ds agent");
  });

  it("S1-55 S1-57 pull policies follow the tag when a pod is made, and have three spellings", async () => {
    const image = (name: string, given: object) => bare(name, { containers: [{ name: "c", ...given }] });
    await applied(
      image("latest", { image: "nginx:latest" }),
      image("untagged", { image: "nginx" }),
      image("tagged", { image: "nginx:1.27" }),
    );
    const policies = await print(
      "get pods latest tagged untagged -o jsonpath={range.items[*]}{.metadata.name}={.spec.containers[0].imagePullPolicy},{end}",
    );
    expect(policies).toBe("latest=Always,tagged=IfNotPresent,untagged=Always,");
    await print("set image pod/tagged c=nginx:latest");
    expect((await podOf("tagged")).spec.containers[0]?.imagePullPolicy).toBe("IfNotPresent");
    const { stderr } = await fleet.kubectl(
      "apply -f -",
      JSON.stringify(image("wrong", { image: "nginx", imagePullPolicy: "IFNotPresent" })),
    );
    expect(stderr).toMatch(
      /imagePullPolicy: Unsupported value: "IFNotPresent": supported values: "Always", "IfNotPresent", "Never"/,
    );
    await print("delete pods latest untagged tagged --now");
  });

  it("S4-44 S4-76 is edited: a header, the object, an error shown again, a conflict", async () => {
    const edit = async (script: string, ...argv: readonly string[]) => {
      writeFileSync(join(fleet.folder, "editor.sh"), script);
      return fleet.shell(`KUBE_EDITOR="sh ${join(fleet.folder, "editor.sh")}" kubectl edit ${argv.join(" ")}`);
    };
    const rule = "- apiGroups: [multicluster.x-k8s.io]\\n  resources: [serviceimports]\\n  verbs: [list, watch]";
    const edited = await edit(
      `cp "$1" ${join(fleet.folder, "seen")}\nsed -i 's/^rules:/rules:\\n${rule}/' "$1"\n`,
      "clusterrole",
      "system:coredns",
    );
    expect(edited.stdout).toBe("clusterrole.rbac.authorization.k8s.io/system:coredns edited\n");
    const seen = (await fleet.shell("cat seen")).stdout;
    expect(seen).toMatch(/^# Please edit the object below\. Lines beginning with a '#' will be ignored,\n/);
    for (const field of ["creationTimestamp", "resourceVersion", "uid"])
      expect(seen).toMatch(new RegExp(`^  ${field}: `, "m"));
    await applied({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "edited" }, data: { a: "b" } });
    const round = join(fleet.folder, "round");
    const wrong = await edit(
      `echo >> ${round}\nif [ "$(wc -l < ${round})" = 1 ]; then sed -i 's,^  a: b,  a/b: c,' "$1"; else cp "$1" ${join(fleet.folder, "again")}; sed -i 's,^  a/b: .*,  a: d,' "$1"; fi\n`,
      "configmap",
      "edited",
    );
    expect([wrong.code, (await fleet.member.get(ConfigMap, "edited", "default"))?.data]).toEqual([0, { a: "d" }]);
    expect((await fleet.shell("cat again")).stdout).toMatch(
      /^# Please edit(.|\n)*# configmaps "edited" was not valid:\n# \* data\[a\/b\]: Invalid value/,
    );
    const stale = await print("get configmap edited -o json");
    await print("annotate configmap edited newer=yes");
    expect((await fleet.kubectl("replace -f -", stale)).stderr).toMatch(
      /^Error from server \(Conflict\): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "edited": the object has been modified/,
    );
  });

  it("S4-45 CoreDNS takes a new Corefile with its pods made anew, and without within a minute", async () => {
    const corefile = async () => (await fleet.member.get(ConfigMap, "coredns", "kube-system"))?.data?.Corefile ?? "";
    const answering = (name: string) => `${name}:53 {\n    hosts {\n        192.0.2.7 www.${name}\n    }\n}\n`;
    const dig = async (name: string) => (await fleet.member.dig(name)).answers.map(({ data }) => data);
    const write = async (text: string) => {
      await print([
        "patch",
        "configmap",
        "coredns",
        "-n",
        "kube-system",
        "-p",
        JSON.stringify({ data: { Corefile: text } }),
      ]);
    };
    await write((await corefile()) + answering("first.example"));
    const pods = (await print("get pods -n kube-system -l k8s-app=kube-dns -o name"))
      .trim()
      .replaceAll("pod/", "")
      .split("\n");
    expect(pods).toHaveLength(2);
    expect(await print(`delete pod -n kube-system ${pods.join(" ")}`)).toBe(
      pods.map((name) => `pod "${name}" deleted\n`).join(""),
    );
    const now = (await print("get pods -n kube-system -l k8s-app=kube-dns -o name"))
      .trim()
      .replaceAll("pod/", "")
      .split("\n");
    expect(now.filter((name) => pods.includes(name))).toEqual([]);
    expect(await dig("www.first.example")).toEqual(["192.0.2.7"]);
    await write((await corefile()) + answering("second.example"));
    await fleet.world.advance("1m");
    expect(await dig("www.second.example")).toEqual(["192.0.2.7"]);
  });

  it("S4-51 shows imports by their kind's own spelling, addresses as JSON", async () => {
    const crd = await fleet.host("get crd serviceimports.multicluster.x-k8s.io -o json");
    const { spec, metadata } = JSON.parse(crd.stdout);
    await applied({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: metadata.name },
      spec,
    });
    await applied({
      apiVersion: "multicluster.x-k8s.io/v1alpha1",
      kind: "ServiceImport",
      metadata: { name: "serve", namespace: "default" },
      spec: { type: "ClusterSetIP", ips: ["10.10.0.5"], ports: [{ port: 80, protocol: "TCP" }] },
    });
    await fleet.world.advance("4h42m");
    expect(table(await print("get serviceImport -A"))).toEqual([
      "NAMESPACE NAME TYPE IP AGE".split(" "),
      ["default", "serve", "ClusterSetIP", '["10.10.0.5"]', "4h42m"],
    ]);
  });

  it("X-01 the same name may come again with other content, after a deletion or in another namespace", async () => {
    await print("apply -f -", daemonSet("again", "one"));
    expect((await fleet.kubectl("apply -f -", daemonSet("again", "two"))).stderr).toContain("field is immutable");
    await print("delete ds again");
    expect(await print("apply -f -", daemonSet("again", "two"))).toBe("daemonset.apps/again created\n");
    await print("create namespace other");
    expect(await print("apply -n other -f -", daemonSet("again", "one"))).toBe("daemonset.apps/again created\n");
    await print("delete ds again");
    await print("delete namespace other");
  });

  it("X-02 what the server says is the same whatever the client", async () => {
    const list = await print("get --raw /api/v1/namespaces/kube-system/pods?limit=1");
    expect(JSON.parse(list)).toMatchObject({ kind: "PodList", metadata: { remainingItemCount: expect.any(Number) } });
    const text = 'pods "absent" not found';
    const asked = ["get pod absent", "delete pod absent", "get --raw /api/v1/namespaces/default/pods/absent"];
    const told = await Promise.all(asked.map(async (command) => (await fleet.kubectl(command)).stderr));
    expect(told).toEqual(asked.map(() => `Error from server (NotFound): ${text}\n`));
    const status = await new Promise((done) =>
      fleet.member.client.send({ verb: "get", kind: Pod, namespace: "default", name: "absent" }, (answer) =>
        done(!answer.ok && answer.status),
      ),
    );
    expect(status).toMatchObject({ status: "Failure", reason: "NotFound", code: 404, message: text });
  });

  it("X-03 tables, watches, patches and subresources are there for the commands above", async () => {
    const resources = (await print("get --raw /api/v1")) as string;
    const names = (JSON.parse(resources).resources as readonly { readonly name: string }[]).map(({ name }) => name);
    for (const part of ["attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "status"])
      expect(names).toContain(`pods/${part}`);
    await applied({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: bare("", {}).spec },
      },
    });
    const merged = { spec: { template: { spec: { containers: [{ name: "c", env: [{ name: "A", value: "b" }] }] } } } };
    await print(["patch", "deployment", "web", "-p", JSON.stringify(merged)]);
    const { spec } = (await fleet.member.get(Deployment, "web", "default")) as Deployment;
    expect(spec.template.spec.containers[0]).toMatchObject({ image: "nginx:1.27", env: [{ name: "A", value: "b" }] });
    const watched = fleet.start("get deployments -w");
    await watched.printed(/web/);
    await print("scale deployment web --replicas=0");
    await watched.printed(/web +0\/0/);
    await watched.stop();
    await print("delete deployment web");
  });

  it("X-04 an hour passes when it is told to, with the defaults of real clusters", async () => {
    await applied(
      bare("patient", {
        terminationGracePeriodSeconds: 30,
        containers: [{ name: "c", image: "busybox", command: ["sleep", "1d"] }],
      }),
    );
    const startMs = fleet.world.nowMs();
    await fleet.world.advance("1h");
    expect(fleet.world.nowMs() - startMs).toBe(3_600_000);
    const watched = fleet.start("delete pod patient");
    const gone = await watched.ended;
    expect(gone).toBe('pod "patient" deleted\n');
    expect(fleet.world.nowMs() - startMs).toBe(3_630_000);
  });
});
