import { Pod, ServiceAccount } from "../../api/index.ts";
import { getPath, type Unstructured } from "../../apimachinery/index.ts";
import type { ClusterClient } from "../../client/index.ts";
import type { TokenSource } from "./volume-files.ts";

/** A token older than a day is renewed however long it would live (`pkg/kubelet/token`). */
const AGE_MAX_MS = 24 * 60 * 60 * 1000;
const RENEWED_AT = 0.8;

type Held = { readonly token: string; readonly renewAtMs: number };

/** Asks for the tokens of pods' service accounts, and keeps each until most of its time is over. */
export class TokenManager {
  readonly #nowMs: () => number;
  /** By the source, which the versions of a pod share, and the pod. */
  readonly #held = new WeakMap<TokenSource, Map<string, Held>>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The token a volume of a pod projects, asked for by the kubelet of its node; `undefined` when the API server gives none. */
  tokenOf(client: ClusterClient, pod: Pod, source: TokenSource): string | undefined {
    const tokens = this.#held.get(source) ?? new Map<string, Held>();
    this.#held.set(source, tokens);
    const { uid = "" } = pod.metadata;
    const held = tokens.get(uid);
    if (held !== undefined && this.#nowMs() < held.renewAtMs) return held.token;
    const asked = this.#ask(client, pod, source);
    if (asked !== undefined) tokens.set(uid, asked);
    return asked?.token;
  }

  #ask(client: ClusterClient, pod: Pod, { audience, expirationSeconds = 3600 }: TokenSource): Held | undefined {
    const { name, namespace = "", uid = "" } = pod.metadata;
    const spec = {
      audiences: audience === undefined || audience === "" ? [] : [audience],
      expirationSeconds,
      boundObjectRef: { apiVersion: "v1", kind: Pod.kind, name, uid },
    };
    const account = pod.spec.serviceAccountName ?? "default";
    const metadata = { name: account, namespace };
    const object: Unstructured = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata, spec };
    const where = { kind: ServiceAccount, namespace, name: account, subresource: "token" };
    let held: Held | undefined;
    client.send({ verb: "create", ...where, object }, (answer) => {
      const token = answer.ok ? getPath(answer.object, ["status", "token"]) : undefined;
      if (typeof token !== "string") return;
      const lifetimeMs = Math.min(expirationSeconds * 1000 * RENEWED_AT, AGE_MAX_MS);
      held = { token, renewAtMs: this.#nowMs() + lifetimeMs };
    });
    return held;
  }
}
