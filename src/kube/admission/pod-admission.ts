import type { AdmissionPlugin } from "../../apiserver/index.ts";
import { defaultTolerationSeconds } from "./default-toleration-seconds.ts";
import { priority } from "./priority.ts";

/** The admission plugins pods pass in a cluster that runs them, in order. */
export const podAdmission: readonly AdmissionPlugin[] = [priority, defaultTolerationSeconds];
