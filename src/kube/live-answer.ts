import type { Answer, ApiRequest } from "../apiserver/index.ts";
import type { ClusterClient } from "../client/index.ts";

/** What a server in this process answers at once; `undefined` when it does not (its request waits for someone outside, a fault). */
export function liveAnswer(client: ClusterClient, request: ApiRequest): Answer | undefined {
  let answer: Answer | undefined;
  client.send(request, (given) => {
    answer = given;
  });
  return answer;
}
