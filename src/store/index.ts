export type { Bucket } from "./bucket.ts";
export type { Change } from "./change.ts";
export { Store } from "./store.ts";
export type { ChangeSink, ChangeWatch } from "./watcher.ts";
