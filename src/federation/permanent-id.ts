import type { RandomStream } from "../sim/index.ts";

const HEX = "0123456789abcdef";
const VARIANTS = "89ab";

/** A UUID of version 4: what Karmada's `permanent-id` labels hold. */
export function permanentId(random: RandomStream): string {
  const rest = random.text(30, HEX);
  const variant = VARIANTS[random.below(4)] as string;
  return `${rest.slice(0, 8)}-${rest.slice(8, 12)}-4${rest.slice(12, 15)}-${variant}${rest.slice(15, 18)}-${rest.slice(18)}`;
}
