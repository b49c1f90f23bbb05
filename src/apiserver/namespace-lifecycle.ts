import { Namespace } from "../api/index.ts";
import { failure, StatusError, statusErrors } from "../apimachinery/index.ts";
import type { AdmissionPlugin, AdmissionRequest, ClusterState } from "./admission.ts";

/** Namespaces a cluster cannot do without. */
const IMMORTAL: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"]);

/**
 * The NamespaceLifecycle admission plugin: objects are created in namespaces that exist and are not being deleted, and the
 * system's own namespaces stay.
 */
export const namespaceLifecyclePlugin: AdmissionPlugin = {
  name: "NamespaceLifecycle",
  handles: (kind) => kind.namespaced || (kind.group === "" && kind.plural === "namespaces"),
  admit: (request, state) => {
    if (request.kind.namespaced) {
      if (request.verb === "create") checkNamespace(request, state);
    } else if (request.verb === "delete" && IMMORTAL.has(request.name))
      throw statusErrors.forbidden(request.kind, request.name, "this namespace may not be deleted");
    return request.object;
  },
};

function checkNamespace(request: AdmissionRequest, state: ClusterState): void {
  const { namespace = "", name, kind } = request;
  const present = state.get(Namespace, namespace);
  if (present === undefined) throw statusErrors.notFound(Namespace, namespace);
  if (present.metadata.deletionTimestamp === undefined) return;
  const { message, details } = statusErrors.forbidden(
    kind,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  ).status;
  const cause = {
    reason: "NamespaceTerminating",
    message: `namespace ${namespace} is being terminated`,
    field: "metadata.namespace",
  };
  throw new StatusError(failure("Forbidden", message ?? "", { ...details, causes: [cause] }));
}
