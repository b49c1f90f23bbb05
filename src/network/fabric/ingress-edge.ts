import { isServedIngress, matchIngress, type RuleEndpoint } from "../../algorithms/index.ts";
import type { Ingress, IngressBackend, IngressClass } from "../../api/index.ts";
import { objectKey } from "../../apimachinery/index.ts";
import type { Loop } from "../../sim/index.ts";
import { canonicalIp } from "../ip-address.ts";
import { type HttpRequest, type HttpResponse, isPending, type Serve } from "./http.ts";
import type { Route } from "./packet.ts";

/** How the edge reaches backends: what a Service has behind a port, and the way to one of them. */
export type IngressReach = {
  readonly backends: (namespace: string, backend: IngressBackend) => readonly RuleEndpoint[] | undefined;
  readonly route: (endpoint: RuleEndpoint) => Route;
};

const SSL_REDIRECT = "nginx.ingress.kubernetes.io/ssl-redirect";
const FORCE_SSL_REDIRECT = "nginx.ingress.kubernetes.io/force-ssl-redirect";
const HSTS = "max-age=31536000; includeSubDomains";
const STATUS_TEXT: Readonly<Record<number, string>> = {
  308: "Permanent Redirect",
  404: "Not Found",
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
};

/**
 * The ingress controller at the edge of a cluster. It knows the endpoints of Services and sends to them itself, in turn: no
 * kube-proxy and no virtual address has a part in it.
 */
export class IngressEdge {
  readonly #cluster: string;
  readonly #loop: Loop;
  readonly #ingresses = new Map<string, Ingress>();
  readonly #classes = new Map<string, IngressClass>();
  readonly #turns = new Map<string, number>();
  #served: readonly Ingress[] | undefined;
  #addresses: ReadonlySet<string> = new Set();

  constructor(cluster: string, loop: Loop) {
    this.#cluster = cluster;
    this.#loop = loop;
  }

  putIngress(ingress: Ingress): void {
    this.#ingresses.set(objectKey(ingress.metadata), ingress);
    this.#served = undefined;
  }

  removeIngress(ingress: Ingress): void {
    this.#ingresses.delete(objectKey(ingress.metadata));
    this.#served = undefined;
  }

  putClass(ingressClass: IngressClass): void {
    this.#classes.set(ingressClass.metadata.name, ingressClass);
    this.#served = undefined;
  }

  removeClass(ingressClass: IngressClass): void {
    this.#classes.delete(ingressClass.metadata.name);
    this.#served = undefined;
  }

  /** Whether Ingresses are served at the address: one of them says so in its status. */
  has(address: string): boolean {
    if (this.#ingresses.size === 0) return false;
    this.#look();
    return this.#addresses.has(address);
  }

  /** What answers at the edge, to clients of one scheme. */
  serve(scheme: "http" | "https", reach: IngressReach): Serve {
    return (request) => this.#respond(scheme, request, reach);
  }

  #respond(scheme: "http" | "https", request: HttpRequest, reach: IngressReach): ReturnType<Serve> {
    const host = request.headers.host ?? "";
    const match = matchIngress(this.#look(), { host, path: request.path });
    if (match === undefined) return page(404);
    const { ingress, backend } = match;
    const name = host.replace(/:\d+$/, "");
    if (scheme === "http" && redirects(ingress, [name, match.host])) return redirect(`https://${name}${request.path}`);
    const { namespace = "" } = ingress.metadata;
    const endpoints = reach.backends(namespace, backend)?.filter(({ ready }) => ready) ?? [];
    if (endpoints.length === 0) return page(503);
    const passed = forwarded(scheme, request, this.#requestId(request));
    const answer = this.#pass(`${namespace}/${backend.service?.name}`, endpoints, reach.route, passed);
    return scheme === "http" ? answer : strictly(answer);
  }

  /** The client's own name for its request, or one of 32 hexadecimal digits. */
  #requestId({ headers }: HttpRequest): string {
    const random = this.#loop.random.stream(`ingress-requests/${this.#cluster}`);
    const digits = (): string =>
      random
        .below(2 ** 32)
        .toString(16)
        .padStart(8, "0");
    return headers["x-request-id"] || digits() + digits() + digits() + digits();
  }

  /** Each backend once, from the next in turn on; one that cannot be reached is passed over (`proxy_next_upstream`). */
  #pass(
    key: string,
    endpoints: readonly RuleEndpoint[],
    route: IngressReach["route"],
    request: HttpRequest,
  ): ReturnType<Serve> {
    const turn = this.#turns.get(key) ?? this.#loop.random.stream(`ingress/${this.#cluster}`).below(endpoints.length);
    this.#turns.set(key, turn + 1);
    for (let step = 0; step < endpoints.length; step++) {
      const end = route(endpoints[(turn + step) % endpoints.length] as RuleEndpoint);
      if (end.verdict !== "delivered") continue;
      const response = end.listener.serve?.({ ...request, remoteAddress: end.source });
      if (isPending(response))
        return {
          later: (onResponse) =>
            response.later((one) => {
              end.release?.();
              onResponse(one ?? page(502));
            }),
        };
      end.release?.();
      if (response !== undefined) return response;
    }
    return page(502);
  }

  #look(): readonly Ingress[] {
    if (this.#served !== undefined) return this.#served;
    const classes = [...this.#classes.values()];
    this.#served = [...this.#ingresses.values()].filter((ingress) => isServedIngress(ingress, classes));
    const points = this.#served.flatMap(({ status }) => status?.loadBalancer?.ingress ?? []);
    this.#addresses = new Set(points.flatMap(({ ip }) => (ip === undefined ? undefined : canonicalIp(ip)) ?? []));
    return this.#served;
  }
}

/** A host with a certificate is sent to https, unless the Ingress says otherwise; any host is where it insists on that. */
function redirects({ spec, metadata: { annotations = {} } }: Ingress, names: readonly string[]): boolean {
  if (annotations[FORCE_SSL_REDIRECT] === "true") return true;
  if (annotations[SSL_REDIRECT] === "false") return false;
  return (spec.tls ?? []).some(({ hosts = [] }) => hosts.some((host) => names.includes(host)));
}

/** The request as the controller's nginx passes it on: what a client says of whom it speaks for is kept aside and not believed. */
function forwarded(scheme: string, request: HttpRequest, id: string): HttpRequest {
  const { remoteAddress } = request;
  const { proxy: _dropped, "x-forwarded-for": claimed, ...headers } = request.headers;
  return {
    ...request,
    headers: {
      ...headers,
      "x-request-id": id,
      ...(claimed === undefined || claimed === "" ? {} : { "x-original-forwarded-for": claimed }),
      "x-real-ip": remoteAddress,
      "x-forwarded-for": remoteAddress,
      "x-forwarded-host": headers.host ?? "",
      "x-forwarded-port": scheme === "https" ? "443" : "80",
      "x-forwarded-proto": scheme,
      "x-forwarded-scheme": scheme,
      "x-scheme": scheme,
    },
  };
}

/** An answer over https tells browsers to stay there. */
function strictly(answer: ReturnType<Serve>): ReturnType<Serve> {
  if (answer === undefined) return undefined;
  if (isPending(answer)) return { later: (onResponse) => answer.later((one) => onResponse(one && withHsts(one))) };
  return withHsts(answer);
}

function withHsts(response: HttpResponse): HttpResponse {
  return { ...response, headers: { ...response.headers, "strict-transport-security": HSTS } };
}

function redirect(location: string): HttpResponse {
  const answer = page(308);
  return { ...answer, headers: { ...answer.headers, location } };
}

function page(status: number): HttpResponse {
  const title = `${status} ${STATUS_TEXT[status]}`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { "content-type": "text/html" }, body };
}
