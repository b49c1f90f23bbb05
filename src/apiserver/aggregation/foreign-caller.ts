import { hostPort } from "../../std/index.ts";
import type { HttpExchange, HttpResponder } from "../http/exchange.ts";

/** An API server of somebody else, as an APIService names it. */
export type ForeignServer = {
  readonly cluster: string;
  readonly service: {
    readonly namespace: string;
    readonly name: string;
    readonly port: number;
    /** Where the cluster's network knows it: an address, or a name of its DNS. */
    readonly clusterIP?: string;
    /** Where it is when it is outside of the cluster. */
    readonly externalName?: string;
  };
  /** PEM of the authorities its certificate is checked against, in base64; those of the system when absent. */
  readonly caBundle?: string;
  /** Its certificate is not looked at. */
  readonly insecure: boolean;
};

/**
 * Hands requests on to other API servers. Called in an entry of the loop, as are the responder and `onError`, which gets the words of
 * Go's HTTP client when there is no answer.
 */
export interface ForeignCaller {
  call(
    server: ForeignServer,
    exchange: HttpExchange,
    answer: {
      readonly responder: HttpResponder;
      readonly onError: (error: string) => void;
      /** The answer is waited for to its end, for so long. */
      readonly timeoutMs?: number | undefined;
    },
  ): void;
}

/** Where a server is, as messages name it. */
export function foreignUrl({ service }: ForeignServer, path: string): string {
  const host = service.externalName ?? service.clusterIP ?? "";
  return `https://${hostPort(host, service.port)}${path}`;
}
