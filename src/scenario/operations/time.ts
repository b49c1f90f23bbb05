import { durationArgument, type Run } from "./operation.ts";

/** Lets time pass; in virtual time it takes no time at all. */
export const advance: Run = async (operation, world) => {
  const durationMs = durationArgument(operation, "duration", 0);
  await world.advanceMs(durationMs);
  return [`${durationMs / 1000} s later`];
};

/** Cuts and mends: clusters going down and coming back, links, the routing between pod networks. */
export const fault: Run = async (operation, world) => {
  const { crash, restore, partition, heal, podNetworks } = operation.args;
  const shown: string[] = [];
  if (typeof crash === "string") shown.push(`${world.crash(crash)} is down`);
  if (typeof restore === "string") shown.push(`${world.restore(restore)} is back`);
  if (Array.isArray(partition)) shown.push(world.partition(String(partition[0]), String(partition[1])));
  if (Array.isArray(heal)) shown.push(world.heal(String(heal[0]), String(heal[1])));
  if (typeof podNetworks === "string") shown.push(world.routePodNetworks(podNetworks === "routed"));
  return shown;
};
