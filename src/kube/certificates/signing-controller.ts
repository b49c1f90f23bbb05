import { parseCertificateRequest } from "../../algorithms/index.ts";
import { CertificateSigningRequest } from "../../api/index.ts";
import { isConditionTrue, timestamp } from "../../apimachinery/index.ts";
import { type AnyDefinition, defineController, NOTHING, type Plan } from "../../controller/index.ts";
import type { CertificateSigner } from "./certificate-signer.ts";
import { refusal } from "./signers.ts";

const MINUTE_MS = 60_000;
/** `--cluster-signing-duration`. */
const LONGEST_MS = 365 * 24 * 60 * MINUTE_MS;
const SHORTEST_MS = 10 * MINUTE_MS;
/** Certificates are valid from some time before they are made, for clocks differ; those that live for long end as much earlier. */
const BACKDATE_MS = 5 * MINUTE_MS;
const SHORT_LIVED_MS = 8 * 60 * MINUTE_MS;

/** Gives approved requests their certificate (`pkg/controller/certificates/signer`). */
export function signingController(signer: CertificateSigner): AnyDefinition {
  return defineController({
    name: "csrsigning",
    primary: [CertificateSigningRequest],
    reads: [],
    reconcile: (signing, { nowMs }) => {
      const { spec, status } = signing;
      if (status?.certificate || !isConditionTrue(status?.conditions, "Approved")) return NOTHING;
      if (isConditionTrue(status?.conditions, "Failed")) return NOTHING;
      const request = parseCertificateRequest(spec.request);
      if (typeof request === "string") return NOTHING;
      const { usages = [] } = spec;
      const refused = refusal(spec.signerName, request, usages);
      if (refused === "unknown") return NOTHING;
      if (refused !== undefined) return failed(signing, refused, nowMs);
      if (!signer.isGenuine(request)) return NOTHING;
      const certificate = signer.sign({ request, usages, ...validity(spec.expirationSeconds, signer, nowMs) });
      return write(signing, { ...status, certificate: Buffer.from(certificate).toString("base64") });
    },
  });
}

/** From when until when (`PermissiveSigningPolicy`). */
function validity(
  expirationSeconds: number | undefined,
  { notAfterMs }: CertificateSigner,
  nowMs: number,
): { readonly notBeforeMs: number; readonly notAfterMs: number } {
  const wantedMs = expirationSeconds === undefined ? LONGEST_MS : expirationSeconds * 1000;
  const lifeMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, wantedMs));
  const endMs = nowMs + (lifeMs < SHORT_LIVED_MS ? lifeMs : lifeMs - BACKDATE_MS);
  return { notBeforeMs: nowMs - BACKDATE_MS, notAfterMs: Math.min(endMs, notAfterMs) };
}

function failed(signing: CertificateSigningRequest, message: string, nowMs: number): Plan {
  const condition = {
    type: "Failed",
    status: "True",
    reason: "SignerValidationFailure",
    message,
    lastUpdateTime: timestamp(nowMs),
  } as const;
  return write(signing, { ...signing.status, conditions: [...(signing.status?.conditions ?? []), condition] });
}

function write(signing: CertificateSigningRequest, status: NonNullable<CertificateSigningRequest["status"]>): Plan {
  const object = { ...signing, status };
  return { intents: [{ type: "updateStatus", kind: CertificateSigningRequest, object, before: signing }] };
}
