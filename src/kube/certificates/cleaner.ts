import { certificateExpiryMs } from "../../algorithms/index.ts";
import { CertificateSigningRequest } from "../../api/index.ts";
import { type AnyDefinition, defineController, later, NOTHING } from "../../controller/index.ts";

const HOUR_MS = 3_600_000;
const SETTLED_MS = HOUR_MS;
const PENDING_MS = 24 * HOUR_MS;

/** Removes requests that have been answered, or that nobody has answered for long (`pkg/controller/certificates/cleaner`). */
export const signingRequestCleaner: AnyDefinition = defineController({
  name: "csrcleaner",
  primary: [CertificateSigningRequest],
  reads: [],
  reconcile: (request, { nowMs }) => {
    const overAtMs = Math.min(...deadlines(request));
    if (overAtMs === Infinity) return NOTHING;
    // As upstream, which looks once an hour: only what is past its deadline goes.
    if (nowMs <= overAtMs) return later(overAtMs + 1 - nowMs);
    const { name, uid = "" } = request.metadata;
    return { intents: [{ type: "delete", kind: CertificateSigningRequest, name, uid }] };
  },
});

/** Each moment after which the request may go. */
function deadlines({ metadata, status }: CertificateSigningRequest): readonly number[] {
  const { conditions = [], certificate = "" } = status ?? {};
  if (conditions.length === 0) return [after(metadata.creationTimestamp, PENDING_MS)];
  return conditions.flatMap(({ type, lastUpdateTime }) => {
    if (type === "Denied" || type === "Failed") return [after(lastUpdateTime, SETTLED_MS)];
    if (type !== "Approved") return [];
    if (certificate === "") return [after(lastUpdateTime, PENDING_MS)];
    const expiryMs = certificateExpiryMs(Buffer.from(certificate, "base64").toString("latin1"));
    return [after(lastUpdateTime, SETTLED_MS), expiryMs ?? Infinity];
  });
}

function after(time: string | undefined, ms: number): number {
  return time === undefined ? Infinity : Date.parse(time) + ms;
}
