import type { User } from "../request.ts";

const NODES = "system:nodes";
const PREFIX = "system:node:";

/** The node a kubelet speaks for (`pkg/auth/nodeidentifier`); `undefined` for users who are no kubelet. */
export function nodeOf({ name, groups }: User): string | undefined {
  return groups.includes(NODES) && name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;
}
