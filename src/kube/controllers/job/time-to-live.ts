import { Job } from "../../../api/index.ts";
import { defineController, later, NOTHING, plan } from "../../../controller/index.ts";
import { deletion } from "../deletion.ts";
import { finishedAtMs } from "./progress.ts";

/** Deletes finished Jobs, pods and all, when their time to live is over (`pkg/controller/ttlafterfinished`). */
export const ttlAfterFinishedController = defineController({
  name: "ttl-after-finished-controller",
  primary: [Job],
  reads: [],
  reconcile: (job, snapshot) => {
    const { ttlSecondsAfterFinished } = job.spec;
    const finishedMs = finishedAtMs(job);
    if (ttlSecondsAfterFinished === undefined || finishedMs === undefined) return NOTHING;
    if (job.metadata.deletionTimestamp !== undefined) return NOTHING;
    const waitMs = finishedMs + ttlSecondsAfterFinished * 1000 - snapshot.nowMs;
    if (waitMs > 0) return later(waitMs);
    return plan({ ...deletion(Job, job), propagationPolicy: "Foreground" });
  },
});
