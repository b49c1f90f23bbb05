import { fnv1a32 } from "../../std/index.ts";

/** The digest an image is known by; the same for the same name, everywhere. */
export function imageID(image: string): string {
  const repository = image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return `${repository}@sha256:${hex64(image)}`;
}

/** The ID of a container's `attempt`-th run in the pod of that UID. */
export function containerID(uid: string | undefined, name: string, attempt: number): string {
  return `containerd://${hex64(`${uid}/${name}/${attempt}`)}`;
}

/** 64 hex digits that stand for `text`, as digests and IDs look. */
function hex64(text: string): string {
  let digits = "";
  for (let part = 0; part < 8; part++) digits += fnv1a32(`${part}/${text}`).toString(16).padStart(8, "0");
  return digits;
}
