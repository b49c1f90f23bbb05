import { Secret } from "../../api/index.ts";
import type { ServerCore } from "../core.ts";
import type { User } from "../request.ts";

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const TYPE = "bootstrap.kubernetes.io/token";
const GROUP = "system:bootstrappers";

/**
 * The user of a bootstrap token, which a Secret `kube-system/bootstrap-token-<id>` describes
 * (`plugin/pkg/auth/authenticator/token/bootstrap`); `undefined` when there is none, or it is not for this, or over.
 */
export function bootstrapUser(core: ServerCore, token: string): User | undefined {
  const [, id = "", secret = ""] = TOKEN.exec(token) ?? [];
  if (id === "") return undefined;
  const stored = core.state.get(Secret, `bootstrap-token-${id}`, "kube-system");
  if (stored === undefined || stored.type !== TYPE || stored.metadata.deletionTimestamp !== undefined) return undefined;
  const field = (name: string): string => Buffer.from(stored.data?.[name] ?? "", "base64").toString();
  if (field("token-id") !== id || field("token-secret") !== secret) return undefined;
  if (field("usage-bootstrap-authentication") !== "true") return undefined;
  const expiration = field("expiration");
  // Text that is no time counts as expired.
  if (expiration !== "" && !(Date.parse(expiration) > core.loop.nowMs())) return undefined;
  const more = field("auth-extra-groups")
    .split(",")
    .filter((name) => name.startsWith(`${GROUP}:`));
  return { name: `system:bootstrap:${id}`, groups: [GROUP, ...new Set(more)] };
}
