import type { Unstructured } from "../apimachinery/index.ts";

/** One committed write, as history keeps it and watchers see it. */
export type Change = {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly revision: number;
  /** The object after the write; of a deletion the last state, carrying the deletion's revision. */
  readonly object: Unstructured;
  /** The object before the write; absent for an addition. */
  readonly before?: Unstructured;
};
