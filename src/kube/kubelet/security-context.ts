import type { Container, Pod } from "../../api/index.ts";

/** Images whose own user is not root say so in their names. */
const OWN_USER = /nonroot/;

/** Why a container that must not run as root does not start; `undefined` when it may (`verifyRunAsNonRoot`). */
export function rootRefusal(
  { metadata, spec }: Pod,
  { name, image = "", securityContext }: Container,
): string | undefined {
  const { runAsNonRoot, runAsUser } = { ...spec.securityContext, ...securityContext };
  if (runAsNonRoot !== true) return undefined;
  const who = `(pod: "${metadata.name}_${metadata.namespace}(${metadata.uid})", container: ${name})`;
  if (runAsUser === 0) return `container's runAsUser breaks non-root policy ${who}`;
  if (runAsUser !== undefined || OWN_USER.test(image)) return undefined;
  return `container has runAsNonRoot and image will run as root ${who}`;
}
