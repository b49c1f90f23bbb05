/** Where a webhook is: a URL, or a Service of the cluster. */
export type WebhookTarget =
  | { readonly url: string }
  | {
      readonly service: {
        readonly namespace: string;
        readonly name: string;
        readonly path: string;
        readonly port: number;
        /** Where the cluster's network knows it: an address, or a name of its DNS. */
        readonly clusterIP?: string;
        /** Where it is when it is outside of the cluster. */
        readonly externalName?: string;
      };
    };

/** One POST of a review. */
export type WebhookRequest = {
  readonly cluster: string;
  /** The name of the hook, for messages. */
  readonly hook: string;
  readonly target: WebhookTarget;
  /** PEM of the authorities the webhook's certificate is checked against, in base64; those of the system when absent. */
  readonly caBundle?: string;
  readonly timeoutSeconds: number;
  readonly body: unknown;
};

/** What came back; `error` is worded as Go's HTTP client words it, without the preamble that names the URL. */
export type WebhookReply =
  | { readonly ok: true; readonly status: number; readonly body: string; readonly contentType?: string }
  | { readonly ok: false; readonly error: string };

/**
 * Calls webhooks. The reply comes as an entry of the loop; one that leaves the process holds the loop meanwhile, so that virtual
 * time stands still.
 */
export interface WebhookCaller {
  call(request: WebhookRequest, onReply: (reply: WebhookReply) => void): void;
}

/** The URL a webhook is called at, as messages name it; services answer for `name.namespace.svc`. */
export function webhookUrl({ target, timeoutSeconds }: Pick<WebhookRequest, "target" | "timeoutSeconds">): string {
  const timeout = `timeout=${timeoutSeconds}s`;
  if ("url" in target) {
    const separator = target.url.includes("?") ? "&" : "?";
    return `${target.url}${separator}${timeout}`;
  }
  const { name, namespace, port, path } = target.service;
  const slashed = path.startsWith("/") ? path : `/${path}`;
  return `https://${name}.${namespace}.svc:${port}${slashed}?${timeout}`;
}

/** The parts of a webhook's `clientConfig`. */
type ClientConfig = {
  readonly url?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly path?: string;
    readonly port?: number;
  };
  readonly caBundle?: string;
};

/** Where a `clientConfig` points, and whose certificates are believed there. */
export function targetOf({ url, service, caBundle }: ClientConfig): Pick<WebhookRequest, "target" | "caBundle"> {
  const target: WebhookTarget =
    service === undefined
      ? { url: url ?? "" }
      : {
          service: {
            namespace: service.namespace,
            name: service.name,
            path: service.path ?? "",
            port: service.port ?? 443,
          },
        };
  return caBundle === undefined || caBundle === "" ? { target } : { target, caBundle };
}
