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
