export type { Bucket } from "./bucket.ts";
export type { Change } from "./change.ts";
export { Store } from "./store.ts";
export type { ChangeWatch } from "./watcher.ts";
