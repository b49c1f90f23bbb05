import { beforeEach, expect, it } from "vitest";
import type { Pod, Volume, VolumeMount } from "../../../src/api/index.ts";
import { type Bench, bench } from "../containers.ts";

let at: Bench;
beforeEach(() => {
  at = bench();
});

const SLEEP = ["sleep", "infinity"];

/** A container of a pod that mounts one volume. */
function mounting(
  pod: string,
  volume: Omit<Volume, "name">,
  mount: Partial<VolumeMount> = {},
  container = "main",
): void {
  at.run({
    name: pod,
    image: "busybox",
    ip: "10.1.0.9",
    container: { name: container, command: SLEEP, volumeMounts: [{ name: "v", mountPath: "/data", ...mount }] },
    spec: { nodeName: "n1", volumes: [{ name: "v", ...volume }] },
  });
}

const shell = (pod: string, container: string, script: string): string => {
  let told = "";
  const write = (text: string): void => {
    told += text;
  };
  const output = { stdout: write, stderr: write };
  const target = { cluster: "c1", namespace: "default", pod, container };
  at.network.exec(target, { argv: ["sh", "-c", script], output, onExit: () => {} });
  at.advance(0);
  return told;
};

it("an empty directory is shared by the containers of a pod, wherever they mount it, and goes with the pod", () => {
  mounting("pair", { emptyDir: {} });
  mounting("pair", { emptyDir: {} }, { mountPath: "/mnt/in" }, "other");
  shell("pair", "main", "mkdir -p /data/sub; echo one > /data/sub/file; cd /data; echo two > near");
  expect(shell("pair", "other", "cd /mnt/in; cat sub/file near; ls; find / -name near")).toBe(
    "one\ntwo\nnear\nsub\n/mnt/in/near\n",
  );
  expect(shell("pair", "other", "ls /mnt; rm -r /mnt/in/sub; ls /mnt/in")).toBe("in\nnear\n");
  expect(shell("pair", "main", "ls /data; cat /data/sub/file")).toBe(
    "near\ncat: /data/sub/file: No such file or directory\n",
  );
  at.network.runtime("c1").forget?.({ metadata: { name: "pair", namespace: "default", uid: "pair" } } as Pod);
  mounting("pair", { emptyDir: {} });
  expect(shell("pair", "main", "ls /data")).toBe("");
});

it.each<readonly [string, Omit<Volume, "name">, string]>([
  ["a claim's volume", { persistentVolumeClaim: { claimName: "c" } }, "kept\n"],
  ["a directory of the machine", { hostPath: { path: "/var/lib/own" } }, "kept\n"],
  ["an empty directory", { emptyDir: {} }, "cat: /data/file: No such file or directory\n"],
])("%s is seen by another pod: %j", (_name, volume, seen) => {
  mounting("first", volume);
  shell("first", "main", "echo kept > /data/file");
  mounting("second", volume);
  expect(shell("second", "main", "cat /data/file")).toBe(seen);
});

it("a part of a volume is mounted alone, and the deepest mount has a path, what the kubelet wrote before any", () => {
  const volumes = [
    { name: "outer", emptyDir: {} },
    { name: "inner", persistentVolumeClaim: { claimName: "c" } },
  ];
  const volumeMounts = [
    { name: "outer", mountPath: "/a" },
    { name: "inner", mountPath: "/a/b", subPath: "part" },
  ];
  const container = { command: SLEEP, volumeMounts };
  at.run({ name: "deep", image: "busybox", container, spec: { volumes }, files: { "/a/own/key": "value\n" } });
  const looking = "cat /a/own/key; find /a -type f; ls /a; ls /a/own; rm /a/own/key; ls /a";
  expect(at.sh("deep", `echo x > /a/b/file; echo y > /a/file; ${looking}`)).toBe(
    "value\n/a/b/file\n/a/file\n/a/own/key\nb\nfile\nown\nkey\nb\nfile\n",
  );
  mounting("whole", { persistentVolumeClaim: { claimName: "c" } });
  expect(at.sh("whole", "find /data -type f")).toBe("/data/part/file\n");
});

it("a file of the machine is one where it is mounted", () => {
  mounting("p", { hostPath: { path: "/etc/hosts" } }, { mountPath: "/etc/hosts-original" });
  expect(shell("p", "main", "head -n 1 /etc/hosts-original")).toBe("127.0.0.1\tlocalhost\n");
});
