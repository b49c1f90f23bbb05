export type { ConnectionOptions } from "./admission/connection-options.ts";
export type { WebhookCaller, WebhookReply, WebhookRequest, WebhookTarget } from "./admission/webhook-caller.ts";
export { webhookUrl } from "./admission/webhook-caller.ts";
export type { AdmissionPlugin, AdmissionRequest, ClusterState } from "./admission.ts";
export type { ForeignCaller, ForeignServer } from "./aggregation/foreign-caller.ts";
export { foreignUrl } from "./aggregation/foreign-caller.ts";
export { handedOn, isForeign } from "./aggregation/hand-on.ts";
export type { AuthorizationAttributes, Authorizer } from "./authorization.ts";
export { accessDenied, checkAccess } from "./authorization.ts";
export { admitConnection } from "./connection.ts";
export type {
  BodyDecoder,
  BodyEncoder,
  HttpExchange,
  HttpHeaders,
  HttpOptions,
  HttpResponder,
  HttpStream,
  ParsedBody,
} from "./http/exchange.ts";
export { handleHttp } from "./http/handle-http.ts";
export { statesTwice } from "./http/json-body.ts";
export type { ResourcePath } from "./http/resource-path.ts";
export { parseResourcePath } from "./http/resource-path.ts";
export { warningHeaders } from "./http/warnings.ts";
export { namespaceLifecyclePlugin } from "./namespace-lifecycle.ts";
export { aggregatedRules } from "./rbac/aggregation.ts";
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
export { metric } from "./request-metrics.ts";
export type { ReviewHandler } from "./reviews.ts";
export { SchemaPool } from "./schema-pool.ts";
export type { ApiServerOptions } from "./server.ts";
export { ApiServer } from "./server.ts";
export type { ServerVersion } from "./server-version.ts";
export { serviceAddressPlugin } from "./service-address/service-address.ts";
export { requestUser } from "./tokens/request-user.ts";
export type { TokenClaims, TokenSigner } from "./tokens/token-signer.ts";
export type { VirtualResource } from "./virtual-resource.ts";
