import { Pod } from "../../api/index.ts";
import type { Key, Snapshot } from "../../controller/index.ts";

/** Index of pods by the node they are bound to. */
export const NODE_INDEX = "nodeName";

export function podNodes({ spec }: Pod): readonly string[] {
  return spec.nodeName === undefined || spec.nodeName === "" ? [] : [spec.nodeName];
}

/** The pods bound to a node. */
export function keysOfPodsOn(nodeName: string, snapshot: Snapshot<typeof Pod>): readonly Key[] {
  return snapshot.list(Pod, { index: { name: NODE_INDEX, value: nodeName } }).map(({ metadata }) => ({
    kind: Pod,
    name: metadata.name,
    namespace: metadata.namespace ?? "",
  }));
}
