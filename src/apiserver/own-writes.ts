import { type KubeObject, unstructured } from "../apimachinery/index.ts";
import type { OwnWrites } from "./admission.ts";
import type { Call, ServerCore } from "./core.ts";
import type { User } from "./request.ts";
import type { Resource } from "./resource.ts";
import { commitCreate, commitDelete } from "./write.ts";

/** As whom the server writes. */
const API_SERVER: User = { name: "system:apiserver", groups: ["system:masters"] };

/** The writes of the server itself; kinds it does not serve are passed over. */
export function ownWrites(core: ServerCore): OwnWrites {
  const callOf = (resource: Resource): Call => ({
    core,
    resource,
    request: { verb: "create", kind: resource.kind },
    user: API_SERVER,
    options: {},
  });
  return {
    create: (kind, object) => {
      const resource = core.registry.lookup(kind);
      if (resource !== undefined) commitCreate(callOf(resource), unstructured(withHead(core, object)));
    },
    delete: (kind, name, namespace) => {
      const resource = core.registry.lookup(kind);
      const object = resource?.get(namespace, name);
      if (resource !== undefined && object !== undefined) commitDelete(callOf(resource), object);
    },
  };
}

function withHead(core: ServerCore, object: KubeObject): KubeObject {
  const { name, ...rest } = object.metadata;
  const head = { name, uid: core.state.newUid(), creationTimestamp: core.timestamp() };
  return { ...object, metadata: { ...head, ...rest } };
}
