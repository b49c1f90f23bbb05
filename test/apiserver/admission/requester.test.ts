import { expect, it } from "vitest";
import { CertificateSigningRequest } from "../../../src/api/index.ts";
import { fixture, object } from "../fixture.ts";

it("a signing request says of its sender what the server knows, whatever it was sent with", () => {
  const { good } = fixture();
  const request = Buffer.from("-----BEGIN CERTIFICATE REQUEST-----").toString("base64");
  const stated = { username: "system:admin", uid: "0", groups: ["system:masters"], extra: { a: ["b"] } };
  const spec = { request, signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] };
  const sent = { ...object("certificates.k8s.io/v1", "CertificateSigningRequest", { name: "ann" }), spec };
  const ann = { name: "ann", groups: ["devs", "system:authenticated"] };
  const create = { verb: "create", kind: CertificateSigningRequest } as const;
  const stored = good({ ...create, object: { ...sent, spec: { ...spec, ...stated } } as typeof sent }, ann);
  expect(stored.spec).toEqual({ ...spec, username: "ann", groups: ann.groups });
});
