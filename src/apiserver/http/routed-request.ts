import type { ApiRequest, User } from "../request.ts";
import type { RequestLabels } from "../request-metrics.ts";
import type { Resource } from "../resource.ts";
import type { AnswerForm } from "./negotiation.ts";

/** A request on its way through the HTTP door: what is asked, and how the answer is to look. */
export type RoutedRequest = {
  readonly request: ApiRequest;
  readonly user: User;
  readonly resource: Resource;
  readonly form: AnswerForm;
  readonly query: URLSearchParams;
  readonly labels: RequestLabels;
};
