import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DaemonSet, Pod } from "../../src/api/index.ts";
import { has } from "../cli/served-fleet.ts";
import * as manifests from "./manifests/daemon-sets.ts";
import { rowsOf, type ServedWorld, servedWorld } from "./served-world.ts";

const SERVICE = "my-daemonset-service.default.svc.cluster.local";
/** A pod one can have commands run in. */
const shell = `
apiVersion: v1
kind: Pod
metadata: {name: shell}
spec:
  tolerations: [{operator: Exists}]
  nodeName: k8s-node2
  containers: [{name: shell, image: "busybox", command: [sleep, infinity]}]
`;

describe.skipIf(!has("kubectl"))("DaemonSets on some nodes, and talking to them", () => {
  let fleet: ServedWorld;
  const settled = async <T>(done: Promise<T>): Promise<T> => {
    const result = await done;
    await fleet.world.settle();
    return result;
  };
  const print = (command: string | readonly string[], input?: string) => settled(fleet.print(command, input));
  const pods = async (way: string, namespace = "default") =>
    (await fleet.member.list(Pod, { namespace, labelSelector: `way=${way}` })) as readonly Pod[];
  const nodesOf = async (way: string) => (await pods(way)).map(({ spec }) => spec.nodeName).sort();
  const desired = async (name: string) =>
    (await fleet.member.get(DaemonSet, name, "default"))?.status?.desiredNumberScheduled;
  const exec = async (pod: string, ...argv: readonly string[]) => (await fleet.member.exec(pod, argv)).stdout;

  beforeAll(async () => {
    const taint = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" } as const;
    fleet = await servedWorld({
      startTime: new Date().toISOString(),
      members: [
        {
          name: "member1",
          version: "v1.26.0",
          nodes: [
            { name: "k8s-master", internalIP: "192.168.1.10", taints: [taint] },
            { name: "k8s-node1", internalIP: "192.168.1.11", externalIP: "203.0.113.11" },
            { name: "k8s-node2", internalIP: "192.168.1.12", externalIP: "203.0.113.12" },
          ],
        },
      ],
    });
    writeFileSync(join(fleet.folder, "fluentd.yaml"), manifests.fluentd);
    await fleet.member.apply(shell);
    await fleet.world.settle();
  });
  afterAll(async () => {
    await fleet.stop();
  });

  it("S0-08 a fresh cluster shows kube-proxy and its pod network", async () => {
    const sets = rowsOf(await print("get ds -n kube-system"));
    expect([...sets.keys()]).toEqual(["kube-flannel-ds", "kube-proxy"]);
    for (const row of sets.values()) expect(row.slice(1, 6)).toEqual(["3", "3", "3", "3", "3"]);
  });

  describe("the official manifest", () => {
    it("S0-09 S0-12 S0-14 runs on the tainted node too, counted, with a directory of each node", async () => {
      expect(await print("apply -f fluentd.yaml")).toBe("daemonset.apps/fluentd-elasticsearch created\n");
      expect(
        rowsOf(await print("get ds -n kube-system"))
          .get("fluentd-elasticsearch")
          ?.slice(1, 4),
      ).toEqual(["3", "3", "3"]);
      const selected = "-n kube-system -l name=fluentd-elasticsearch";
      const [first, node] = await Promise.all([print(`describe pods ${selected}`), print("describe node k8s-master")]);
      expect(first).toMatch(/QoS Class: +Burstable\n/);
      expect(first).toMatch(/ {2}varlog:\n {4}Type: +HostPath \(bare host directory volume\)\n {4}Path: +\/var\/log\n/);
      expect(first).toMatch(/Mounts:\n {6}\/var\/log from varlog \(rw\)\n/);
      expect(node).toMatch(/fluentd-elasticsearch-\w{5} +100m \(1%\) +0 \(0%\) +200Mi \(1%\) +200Mi \(1%\)/);
      expect(node).toMatch(/Allocated resources:(.|\n)*cpu +[2-9]00m \(\d%\)(.|\n)*memory +\d+Mi \(\d%\)/);
    });

    it("S0-14 what one pod writes into the node's directory another finds there, on that node alone", async () => {
      const reader = (name: string, node: string) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name },
        spec: {
          nodeName: node,
          containers: [
            {
              name: "c",
              image: "busybox",
              command: ["sleep", "infinity"],
              volumeMounts: [{ name: "v", mountPath: "/logs" }],
            },
          ],
          volumes: [{ name: "v", hostPath: { path: "/var/log" } }],
        },
      });
      await fleet.member.apply(reader("here", "k8s-node1"));
      await fleet.member.apply(reader("there", "k8s-node2"));
      await fleet.world.settle();
      const daemons = (await fleet.member.list(Pod, {
        namespace: "kube-system",
        labelSelector: "name=fluentd-elasticsearch",
      })) as readonly Pod[];
      const writer = daemons.find(({ spec }) => spec.nodeName === "k8s-node1")?.metadata.name ?? "";
      await print(["exec", "-n", "kube-system", writer, "--", "sh", "-c", "echo seen > /var/log/app.log"]);
      expect(await exec("here", "cat", "/logs/app.log")).toBe("seen\n");
      expect(await exec("there", "ls", "/logs")).toBe("");
      expect((await fleet.member.execOnNode("k8s-node1", ["cat", "/var/log/app.log"])).stdout).toBe("seen\n");
      await print("delete pod here there --now");
    });

    it("S0-10 S0-11 stays off it without the tolerations, and tolerates one effect only", async () => {
      const without = manifests.fluentd.replace(/ {6}tolerations:\n( {6}-.*\n {8}.*\n {8}.*\n)+/, "");
      await print("apply -f -", without);
      const look = async () =>
        rowsOf(await print("get ds -n kube-system"))
          .get("fluentd-elasticsearch")
          ?.slice(1, 4);
      expect(await look()).toEqual(["2", "2", "2"]);
      await print("apply -f fluentd.yaml");
      await print("taint node k8s-master node-role.kubernetes.io/control-plane=any:NoSchedule --overwrite");
      expect(await look()).toEqual(["3", "3", "3"]);
      await print("taint node k8s-master node-role.kubernetes.io/control-plane:NoExecute");
      expect(await look()).toEqual(["2", "2", "2"]);
      await print("taint node k8s-master node-role.kubernetes.io/control-plane:NoExecute-");
      await print("delete -f fluentd.yaml");
    });
  });

  describe("on some nodes only", () => {
    it("S0-45 S0-46 S0-47 on the node its template names, without a scheduler", async () => {
      await print("apply -f -", manifests.nodeName);
      expect(await nodesOf("nodename")).toEqual(["k8s-node1"]);
      expect(await desired("daemonset-nodename")).toBe(1);
      const [pod] = await pods("nodename");
      const reasons = await print(
        `get events --field-selector involvedObject.name=${pod?.metadata.name} -o jsonpath={.items[*].reason}`,
      );
      expect(reasons.split(" ")).not.toContain("Scheduled");
      await print("delete ds daemonset-nodename");
      await print("apply -f -", manifests.nodeName.replace("k8s-node1", "k8s-node9"));
      expect([await nodesOf("nodename"), await desired("daemonset-nodename")]).toEqual([[], 0]);
      await print("delete ds daemonset-nodename");
      // The master is tainted, and closed to the scheduler besides.
      await print("cordon k8s-master");
      const spec = { nodeName: "k8s-master", containers: [{ name: "c", image: "nginx:latest" }] };
      await fleet.member.apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "placed" }, spec });
      await fleet.world.settle();
      expect(
        rowsOf(await print("get pods"))
          .get("placed")
          ?.slice(1, 3),
      ).toEqual(["1/1", "Running"]);
      await print("delete pod placed --now");
      await print("uncordon k8s-master");
    });

    it("S0-48 S0-49 S0-50 on nodes with a label, as long as they have it", async () => {
      expect(await print("label nodes k8s-node1 role=worker")).toBe("node/k8s-node1 labeled\n");
      expect((await fleet.kubectl("label nodes k8s-node1 role=other")).stderr).toContain(
        "'role' already has a value (worker), and --overwrite is false",
      );
      await print("apply -f -", manifests.nodeSelector);
      expect(await nodesOf("nodeSelector")).toEqual(["k8s-node1"]);
      expect(rowsOf(await print("get ds")).get("daemonset-nodeselector")?.[6]).toBe("role=worker");
      expect(await print("label nodes k8s-node1 role-")).toBe("node/k8s-node1 unlabeled\n");
      expect([await nodesOf("nodeSelector"), await desired("daemonset-nodeselector")]).toEqual([[], 0]);
      await print("delete ds daemonset-nodeselector");
    });

    it("S0-51 S0-52 by affinity, which is looked at again for daemons but not for other pods", async () => {
      await print("label nodes k8s-node2 role=worker");
      await print("apply -f -", manifests.affinity);
      await fleet.member.apply({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "plain", labels: { way: "plain" } },
        spec: {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchExpressions: [{ key: "role", operator: "In", values: ["worker"] }] }],
              },
            },
          },
          containers: [{ name: "c", image: "nginx:latest" }],
        },
      });
      await fleet.world.settle();
      expect([await nodesOf("nodeAffinity"), await nodesOf("plain")]).toEqual([["k8s-node2"], ["k8s-node2"]]);
      await print("label nodes k8s-node2 role-");
      expect([await nodesOf("nodeAffinity"), await nodesOf("plain")]).toEqual([[], ["k8s-node2"]]);
      await print("delete ds/daemonset-affinity pod/plain --now");
    });

    it("S0-55 S0-56 by the absence of a label", async () => {
      await print("label node k8s-node2 ROLE=worker2");
      await print("apply -f -", manifests.antiAffinity);
      expect(await nodesOf("Anti-affinity")).toEqual(["k8s-node1"]);
      await print("label node k8s-node2 ROLE-");
      await print("delete ds daemonset-anti-affinity");
    });

    it("S0-57 S0-58 S0-59 S0-60 off a tainted node, and back when the taint goes; with either effect", async () => {
      await print("apply -f -", manifests.noTolerations);
      expect(await nodesOf("no-tolerations")).toEqual(["k8s-node1", "k8s-node2"]);
      const taint = "taint nodes k8s-node1 example.com/taint-key";
      expect(await print(`${taint}=taint-value:NoExecute`)).toBe("node/k8s-node1 tainted\n");
      expect([await nodesOf("no-tolerations"), await desired("daemonset-no-tolerations")]).toEqual([["k8s-node2"], 1]);
      expect(await print(`${taint}-`)).toBe("node/k8s-node1 untainted\n");
      expect(await nodesOf("no-tolerations")).toEqual(["k8s-node1", "k8s-node2"]);
      await print(`${taint}=taint-value:NoSchedule`);
      expect([await nodesOf("no-tolerations"), await desired("daemonset-no-tolerations")]).toEqual([
        ["k8s-node1", "k8s-node2"],
        1,
      ]);
      const counted = (await fleet.member.get(DaemonSet, "daemonset-no-tolerations", "default"))?.status;
      expect(counted?.numberMisscheduled).toBe(1);
      await print(`${taint}-`);
      await print("delete ds daemonset-no-tolerations");
    });
  });

  describe("talking to its pods", () => {
    it("S0-61 they push their logs to a sink", async () => {
      await fleet.member.apply({
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: { name: "sink" },
        spec: {
          selector: { matchLabels: { way: "sink" } },
          template: {
            metadata: { labels: { way: "sink" } },
            spec: {
              containers: [
                {
                  name: "es",
                  image: "docker.elastic.co/elasticsearch/elasticsearch:8.0.0",
                  ports: [{ containerPort: 9200, hostPort: 9200 }],
                },
              ],
            },
          },
        },
      });
      await print("apply -f -", manifests.pushing);
      await fleet.world.advance("25s");
      const [plain] = await pods("tolerations");
      const log = await print(`logs ${plain?.metadata.name}`);
      expect(log.match(/stdin: \{"message":"Log message"\}\n/g)).toHaveLength(3);
      await print([
        "patch",
        "ds",
        "daemonset-tolerations",
        "-p",
        JSON.stringify({
          spec: {
            template: {
              spec: {
                containers: [
                  {
                    name: "daemonset-tolerations-container",
                    env: [
                      { name: "FLUENT_ELASTICSEARCH_HOST", valueFrom: { fieldRef: { fieldPath: "status.hostIP" } } },
                    ],
                  },
                ],
              },
            },
          },
        }),
      ]);
      await fleet.world.advance("2m");
      for (const place of [11, 12]) {
        const found = JSON.parse(await exec("shell", "curl", "-s", `http://192.168.1.${place}:9200/fluentd/_search`));
        const hosts = new Set(found.hits.hits.map((hit: { _source: { host: string } }) => hit._source.host));
        expect(found.hits.total.value).toBeGreaterThan(5);
        expect(hosts.size).toBe(1);
      }
      await print("delete ds sink daemonset-tolerations --force");
    });

    it("S0-62 S0-63 S0-64 through a port of each node, which one pod alone can have", async () => {
      await print("apply -f -", manifests.hostPort);
      const addresses = await print([
        "get",
        "nodes",
        "-o",
        'jsonpath={range .items[*]}{.status.addresses[?(@.type=="ExternalIP")].address}{"\\n"}{end}',
      ]);
      expect(addresses).toBe("\n203.0.113.11\n203.0.113.12\n");
      for (const address of ["192.168.1.11", "192.168.1.12", "203.0.113.11"])
        expect(await exec("shell", "curl", "-s", `http://${address}:9100`)).toContain("Welcome to nginx!");
      expect((await fleet.member.exec("shell", ["curl", "-s", "http://192.168.1.10:9100"])).exitCode).not.toBe(0);
      const rival = manifests.hostPort.replaceAll("tolerations", "rival");
      await print("apply -f -", rival);
      const [waiting] = await pods("rival");
      expect(waiting?.status?.phase).toBe("Pending");
      expect(await print(`describe pod ${waiting?.metadata.name}`)).toContain(
        "didn't have free ports for the requested pod ports",
      );
      await print("delete ds daemonset-rival");
    });

    it("S0-65 by a headless name, which resolves to the ready ones", async () => {
      await print("apply -f -", manifests.headless);
      const ips = (await pods("tolerations")).map(({ status }) => status?.podIP);
      const labels = { way: "tolerations", ready: "never" };
      const containers = [{ name: "c", image: "nginx:latest", readinessProbe: { exec: { command: ["false"] } } }];
      await fleet.member.apply({
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        metadata: { name: "unready" },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
      });
      await fleet.world.settle();
      const unready = rowsOf(await print("get pods -l ready=never -o wide"));
      expect([...unready.values()].map((row) => [row[1], row[2]])).toEqual([["0/1", "Running"]]);
      const looked = await print(`exec shell -- nslookup ${SERVICE}`);
      expect(looked).toMatch(/^Server:\t+\S+\nAddress:\t+\S+(#|:)53\n/);
      const named = [...looked.matchAll(/Name:\t\S+\nAddress(?: \d)?: (\S+)/g)].map(([, ip]) => ip);
      expect(named.sort()).toEqual([...ips].sort());
      expect((await exec("shell", "dig", "+short", SERVICE)).trim().split("\n").sort()).toEqual([...ips].sort());
      await print("delete rs unready");
    });

    it("S0-66 S0-67 by a name with an address of its own, once the headless one is gone", async () => {
      await print("apply -f -", manifests.withClusterIP);
      expect(await print("get svc my-daemonset-service -o jsonpath={.spec.clusterIP}")).toBe("None");
      await print("delete svc my-daemonset-service");
      await print("apply -f -", manifests.withClusterIP);
      const address = await print("get svc my-daemonset-service -o jsonpath={.spec.clusterIP}");
      await fleet.world.advance("31s");
      expect(await exec("shell", "dig", "+short", SERVICE)).toBe(`${address}\n`);
      await print("delete ds daemonset-tolerations");
      await print("apply -f -", manifests.hostPort.replace("nginx:latest", "myos:httpd"));
      const hosts = new Set<string>();
      for (let ask = 0; ask < 20; ask++)
        hosts.add(/php_host:\s+(\S+)/.exec(await exec("shell", "curl", "-s", `http://${SERVICE}/info.php`))?.[1] ?? "");
      expect([...hosts].sort()).toEqual((await pods("tolerations")).map(({ metadata }) => metadata.name).sort());
    });
  });
});
