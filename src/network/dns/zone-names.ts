import { parseIp } from "../ip-address.ts";
import { labelsOf, lowerLabel, nameOf } from "./name.ts";

/** A zone's name as it is compared: lower case, with its final dot. */
export function zoneName(text: string): string {
  return nameOf(labelsOf(text).map(lowerLabel));
}

/**
 * The zones a word of a Corefile names: a domain, or a network as `10.0.0.0/16`, which is one reverse zone, or several where
 * its length falls between two labels (`plugin.Host.NormalizeExact`).
 */
export function zonesOf(word: string): readonly string[] {
  const slash = word.lastIndexOf("/");
  const ip = slash < 0 ? undefined : parseIp(word.slice(0, slash));
  const bits = Number(word.slice(slash + 1));
  if (ip === undefined || !Number.isInteger(bits) || bits < 0) return [zoneName(word)];
  const step = ip.family === "IPv4" ? 8 : 4;
  const all = ip.family === "IPv4" ? [...ip.parts] : [...ip.parts].flatMap((part) => nibblesOf(part));
  const kept = Math.ceil(bits / step);
  const suffix = ip.family === "IPv4" ? "in-addr.arpa." : "ip6.arpa.";
  const text = (part: number): string => part.toString(ip.family === "IPv4" ? 10 : 16);
  const spread = 2 ** (kept * step - bits);
  const last = kept === 0 ? 0 : (all[kept - 1] as number);
  const first = last - (last % spread);
  return Array.from({ length: spread }, (_, index) => {
    const parts = kept === 0 ? [] : [...all.slice(0, kept - 1), first + index];
    return [...parts.map(text).reverse(), suffix].join(".");
  });
}

/** The longest of `zones` (as {@link zoneName} writes them) that a name in lower case falls into. */
export function longestZone(zones: readonly string[], lowerName: string): string | undefined {
  let best: string | undefined;
  for (const zone of zones) if (isInZone(lowerName, zone) && zone.length > (best?.length ?? 0)) best = zone;
  return best;
}

/** Whether a name is the zone or below it; both in lower case. */
export function isInZone(lowerName: string, zone: string): boolean {
  return zone === "." || lowerName === zone || lowerName.endsWith(`.${zone}`);
}

/** A name in the form zones are compared with. */
export function lowerName(name: string): string {
  return PLAIN.test(name) ? name.toLowerCase() : name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

const PLAIN = /^[\w.-]*$/;

function nibblesOf(part: number): readonly number[] {
  return [12, 8, 4, 0].map((shift) => (part >> shift) & 0xf);
}
