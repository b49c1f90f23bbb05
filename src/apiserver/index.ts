export type { AdmissionPlugin, AdmissionRequest, ClusterState } from "./admission.ts";
export type {
  Answer,
  ApiRequest,
  ListAnswer,
  PatchType,
  RawAnswer,
  RequestOptions,
  User,
  Verb,
  WatchEvent,
  WatchHandle,
  WatchSink,
} from "./request.ts";
