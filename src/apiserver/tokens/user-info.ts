import type { User } from "../request.ts";

/** A user as `authentication.k8s.io/v1` writes it. */
export function userInfo({ name, uid, groups, extra }: User): Readonly<Record<string, unknown>> {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined || Object.keys(extra).length === 0 ? {} : { extra }),
  };
}
