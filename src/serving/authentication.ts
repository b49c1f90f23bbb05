import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { PeerCertificate, TLSSocket } from "node:tls";
import type { HttpHeaders, User } from "../apiserver/index.ts";

/** Who a request comes from when it shows no credentials (`system:anonymous`, as upstream). */
const ANONYMOUS: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };

const users = Symbol("user");
type Authenticated = TLSSocket & { [users]?: User };

/** The user of a connection: common name and organizations of a client certificate our authority signed, else anonymous. */
export function userOfSocket(socket: TLSSocket): User {
  const known = (socket as Authenticated)[users];
  if (known !== undefined) return known;
  const user = socket.authorized ? userOfCertificate(socket) : ANONYMOUS;
  (socket as Authenticated)[users] = user;
  return user;
}

/** The headers of a request. One that impersonates may name several groups, each in a header of its own, which must stay apart. */
export function headersOf(request: IncomingMessage): HttpHeaders {
  return Object.keys(request.headers).some((name) => name.startsWith("impersonate-"))
    ? request.headersDistinct
    : request.headers;
}

function userOfCertificate(socket: TLSSocket): User {
  // A client that has hung up in the meantime has no certificate any more, whatever the types say.
  const certificate = socket.getPeerCertificate() as PeerCertificate | null;
  if (certificate?.subject?.CN === undefined) return ANONYMOUS;
  const { subject, raw } = certificate;
  const organizations: unknown = subject.O;
  const groups = Array.isArray(organizations)
    ? organizations.map(String)
    : organizations === undefined
      ? []
      : [String(organizations)];
  const credential = `X509SHA256=${createHash("sha256").update(raw).digest("hex")}`;
  return {
    name: String(subject.CN),
    groups: [...groups, "system:authenticated"],
    extra: { "authentication.kubernetes.io/credential-id": [credential] },
  };
}
