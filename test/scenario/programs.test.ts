import { type Process, World } from "atoll-k8s";
import { afterEach, expect, it } from "vitest";

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

function greet(process: Process): void {
  process.output.stdout("hi\n");
  process.exit(0);
}

/** Counts what it is told, and answers each line with the count. */
function counter(process: Process): void {
  process.accept(9000, (socket) => {
    let count = 0;
    socket.onText((text) => {
      if (text === undefined) socket.end();
      else {
        count += text.split("\n").length - 1;
        socket.write(`${count}\n`);
      }
    });
  });
  process.onTerminate(() => process.exit(0));
}

function pod(name: string, image: string, command?: readonly string[]): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { containers: [{ name: "c", image, ...(command === undefined ? {} : { command }) }] },
  };
}

async function world(): Promise<World> {
  const made = await World.create({
    members: [{ name: "member1" }, { name: "member2" }],
    programs: { "example.com/counter": counter, greet },
  });
  worlds.push(made);
  await made.member("member2").apply(pod("counter", "example.com/counter:v3"));
  await made.member("member1").apply(pod("box", "busybox", ["sleep", "86400"]));
  await made.settle();
  return made;
}

const BOX = { namespace: "default", name: "box" };

async function counterAddress(made: World): Promise<string> {
  const pod = await made.member("member2").get("pods", "counter", "default");
  return (pod as unknown as { readonly status: { readonly podIP: string } }).status.podIP;
}

it("runs programs of one's own by image and by command", async () => {
  const made = await world();
  const address = await counterAddress(made);
  const script = `greet; printf 'a\\nb\\n' | nc ${address} 9000`;
  expect((await made.member("member1").exec(BOX, ["sh", "-c", script])).stdout).toBe("hi\n2\n");
});

it.each([
  ["greet", "True"],
  ["part", "False"],
])("probes with a program of one's own: after %s ready is %s", async (command, status) => {
  const made = await world();
  const readinessProbe = { exec: { command: [command] } };
  const containers = [{ name: "c", image: "nginx", readinessProbe }];
  const probed = { apiVersion: "v1", kind: "Pod", metadata: { name: "probed", namespace: "default" } };
  await made.member("member1").apply({ ...probed, spec: { containers } });
  await made.advance("30s");
  const found = (await made.member("member1").get("pods", "probed", "default")) as object;
  expect(found).toMatchObject({
    status: { conditions: expect.arrayContaining([expect.objectContaining({ type: "Ready", status })]) },
  });
});

it.each([
  ["keeps a connection over a cut that heals", "40s", "1\n2\ncode 0\n"],
  ["breaks one over a cut that does not", "30m", "1\ncode 1\n"],
])("%s", async (_, cutFor, told) => {
  const made = await world();
  const script = `(echo a; sleep 10; echo b) | nc ${await counterAddress(made)} 9000; echo code $?; sleep 86400`;
  await made.member("member1").apply(pod("talker", "busybox", ["sh", "-c", script]));
  await made.advance("5s");
  made.partition("member1", "member2");
  await made.advance(cutFor);
  made.heal("member1", "member2");
  await made.advance("3m");
  expect(await made.member("member1").logs({ namespace: "default", name: "talker" })).toBe(told);
});

it("one container of a pod sees what another listens at", async () => {
  const made = await World.create({ members: [{ name: "m" }] });
  worlds.push(made);
  const member = made.member("m");
  const containers = [
    { name: "web", image: "nginx" },
    { name: "shell", image: "busybox", command: ["sleep", "infinity"] },
  ];
  await member.apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "two" }, spec: { containers } });
  await made.settle();
  const { stdout } = await member.exec("two", ["netstat", "-tln"], "shell");
  expect(stdout).toMatch(/:80 .*LISTEN\n/);
});
