import { spawn } from "node:child_process";
import { boot } from "../bench/boot.ts";
import { dns } from "../bench/dns.ts";
import { dnsWorkers } from "../bench/dns-workers.ts";
import { dnsZone } from "../bench/dns-zone.ts";
import { https } from "../bench/https.ts";
import { type Figure, keepsFloor, type Measure, PROGRAM } from "../bench/measure.ts";
import { memory } from "../bench/memory.ts";
import { configMaps, deployments, growth, latency } from "../bench/propagation.ts";
import { requests } from "../bench/requests.ts";
import { storeWrites } from "../bench/store.ts";
import { watch } from "../bench/watch.ts";
import { UsageError } from "../usage-error.ts";

const MEASURES: readonly Measure[] = [
  boot,
  configMaps,
  deployments,
  growth,
  latency,
  storeWrites,
  https,
  watch,
  dns,
  dnsZone,
  dnsWorkers,
  requests,
  memory,
];
const WORKER = "ATOLL_BENCH_WORKER";

/** `atoll bench`: every measure in a process of its own, one after another; a table, or JSON. */
export async function bench(
  names: readonly string[],
  options: { readonly json?: boolean; readonly quick?: boolean },
): Promise<number> {
  const chosen =
    names.length === 0 ? MEASURES : MEASURES.filter((measure) => names.some((name) => measure.name.includes(name)));
  if (chosen.length === 0)
    throw new UsageError(
      `no measure is called ${names.join(" or ")}; there are ${MEASURES.map((measure) => measure.name).join(", ")}`,
    );
  if (process.env[WORKER] !== undefined) return work(chosen, options.quick === true);
  const figures: Figure[] = [];
  if (options.json !== true)
    process.stdout.write(`${"measure".padEnd(56)}${"value".padStart(12)} ${"unit".padEnd(14)}floor\n`);
  for (const measure of chosen) {
    const own = await inProcessOfItsOwn(measure, options.quick === true);
    figures.push(...own);
    if (options.json !== true) process.stdout.write(own.map(row).join(""));
  }
  if (options.json === true)
    process.stdout.write(
      `${JSON.stringify({ node: process.version, figures: figures.map((figure) => ({ ...figure, kept: keepsFloor(figure) })) }, null, 2)}\n`,
    );
  return 0;
}

async function work(measures: readonly Measure[], quick: boolean): Promise<number> {
  for (const measure of measures) process.stdout.write(JSON.stringify(await measure.run({ quick })));
  return 0;
}

function inProcessOfItsOwn(measure: Measure, quick: boolean): Promise<readonly Figure[]> {
  return new Promise((done, fail) => {
    const argv = [
      "--expose-gc",
      "--max-old-space-size=8192",
      PROGRAM,
      "bench",
      measure.name,
      ...(quick ? ["--quick"] : []),
    ];
    const child = spawn(process.execPath, argv, {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, [WORKER]: measure.name },
    });
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    child.once("error", fail);
    child.once("exit", (code) =>
      code === 0
        ? done(JSON.parse(printed) as readonly Figure[])
        : fail(new Error(`the measure ${measure.name} failed`)),
    );
  });
}

function row(figure: Figure): string {
  const value = figure.value >= 100 ? Math.round(figure.value).toLocaleString("en-US") : figure.value.toFixed(2);
  return `${figure.name.padEnd(56)}${value.padStart(12)} ${figure.unit.padEnd(14)}${floorText(figure)}\n`;
}

function floorText(figure: Figure): string {
  if (figure.floor === undefined) return "";
  const demanded = "atMost" in figure.floor ? `at most ${figure.floor.atMost}` : `at least ${figure.floor.atLeast}`;
  return `${demanded}${keepsFloor(figure) ? "" : "  MISSED"}`;
}
