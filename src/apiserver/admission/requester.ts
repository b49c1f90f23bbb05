import { CertificateSigningRequest } from "../../api/index.ts";
import { kindKey } from "../../apimachinery/index.ts";
import { isRecord } from "../../std/index.ts";
import type { AdmissionPlugin } from "../admission.ts";
import { userInfo } from "../tokens/user-info.ts";

/** What a request says of its sender is what the server knows of them (`pkg/registry/certificates`, `PrepareForCreate`). */
export const signingRequester: AdmissionPlugin = {
  name: "CertificateSigningRequester",
  handles: (kind) => kindKey(kind) === kindKey(CertificateSigningRequest),
  admit: ({ verb, object, subresource, user }) => {
    if (verb !== "create" || object === undefined || subresource !== undefined) return object;
    const {
      username: _name,
      uid: _uid,
      groups: _groups,
      extra: _extra,
      ...spec
    } = isRecord(object.spec) ? object.spec : {};
    return { ...object, spec: { ...spec, ...userInfo(user) } };
  },
};
