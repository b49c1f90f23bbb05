import { type IpSet, ipvsSets } from "./ipvs-sets.ts";
import type { ProxyView } from "./proxy-view.ts";

const REVISIONS: Readonly<Record<IpSet["type"], number>> = {
  "hash:ip": 4,
  "hash:ip,port": 5,
  "hash:ip,port,ip": 5,
  "hash:ip,port,net": 7,
  "bitmap:port": 3,
};
/** Bytes of an empty set and of one member, as the kernel reports them for hashes; a bitmap has one size. */
const HASH_BYTES = 200;
const MEMBER_BYTES = 64;
const BITMAP_BYTES = 8268;
/** Sets that a rule of iptables matches twice. */
const TWICE = /CLUSTER-IP|LOAD-BALANCER$|EXTERNAL-IP/;

/** What `ipset list` prints, of all sets or of one by name; `undefined` when there is none of that name. */
export function ipsetList(views: readonly ProxyView[], name?: string): string | undefined {
  const sets = views.flatMap((view) =>
    ipvsSets(view)
      .filter((set) => name === undefined || set.name === name)
      .map((set) => setText(set, view.family)),
  );
  return sets.length === 0 ? undefined : sets.join("\n");
}

/** Whether a set has that very member: a set of addresses and ports knows nothing of neighbours. */
export function ipsetTest(views: readonly ProxyView[], name: string, member: string): boolean | undefined {
  return views
    .flatMap(ipvsSets)
    .find((set) => set.name === name)
    ?.members.includes(member);
}

function setText({ name, type, members }: IpSet, family: ProxyView["family"]): string {
  const isBitmap = type === "bitmap:port";
  const header = isBitmap
    ? "range 0-65535"
    : `family ${family === "IPv6" ? "inet6" : "inet"} hashsize 1024 maxelem 65536`;
  return [
    `Name: ${name}`,
    `Type: ${type}`,
    `Revision: ${REVISIONS[type]}`,
    `Header: ${header}`,
    `Size in memory: ${isBitmap ? BITMAP_BYTES : HASH_BYTES + MEMBER_BYTES * members.length}`,
    `References: ${members.length === 0 ? 0 : TWICE.test(name) ? 2 : 1}`,
    `Number of entries: ${members.length}`,
    "Members:",
    ...members.map((member) => `${member}\n`.trimEnd()),
    "",
  ].join("\n");
}
