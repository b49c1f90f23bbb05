import {
  eachItem,
  type Findings,
  forbidden,
  invalid,
  invalidFor,
  NOTHING,
  nonNegative,
  notSupported,
  portNumber,
  portNumberOrName,
  required,
} from "../validation.ts";
import type { Container, LifecycleHandler, Probe } from "./pod.ts";

const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"] as const;
const ONLY_ONE = "may not specify more than 1 handler type";
const NOT_OF_INIT = "may not be set for init containers without restartPolicy=Always";

/** What runs beside a container that stays: its lifecycle hooks and probes. */
export function validateHooks(container: Container, path: string, graceSeconds: number | undefined): Findings {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  if (
    lifecycle === undefined &&
    livenessProbe === undefined &&
    readinessProbe === undefined &&
    startupProbe === undefined
  )
    return NOTHING;
  return [
    ...hook(lifecycle?.postStart, `${path}.lifecycle.postStart`, graceSeconds),
    ...hook(lifecycle?.preStop, `${path}.lifecycle.preStop`, graceSeconds),
    ...probe(livenessProbe, `${path}.livenessProbe`),
    ...oneSuccess(livenessProbe, `${path}.livenessProbe`),
    ...probe(readinessProbe, `${path}.readinessProbe`),
    ...(readinessProbe?.terminationGracePeriodSeconds === undefined
      ? NOTHING
      : [
          invalid(
            `${path}.readinessProbe.terminationGracePeriodSeconds`,
            readinessProbe.terminationGracePeriodSeconds,
            "must not be set for readinessProbes",
          ),
        ]),
    ...probe(startupProbe, `${path}.startupProbe`),
    ...oneSuccess(startupProbe, `${path}.startupProbe`),
  ];
}

/** A container that runs to completion has no hooks. */
export function forbiddenHooks(container: Container, path: string): Findings {
  return (["lifecycle", ...PROBES] as const).flatMap((name) =>
    container[name] === undefined ? [] : [forbidden(`${path}.${name}`, NOT_OF_INIT)],
  );
}

function oneSuccess(given: Probe | undefined, path: string): Findings {
  return given === undefined || given.successThreshold === undefined || given.successThreshold === 1
    ? NOTHING
    : [invalid(`${path}.successThreshold`, given.successThreshold, "must be 1")];
}

const COUNTS = [
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
] as const;

function probe(given: Probe | undefined, path: string): Findings {
  if (given === undefined) return NOTHING;
  const grace = given.terminationGracePeriodSeconds;
  return [
    ...handler(given, path),
    ...COUNTS.flatMap((name) => nonNegative(`${path}.${name}`, given[name])),
    ...(grace !== undefined && grace <= 0
      ? [invalid(`${path}.terminationGracePeriodSeconds`, grace, "must be greater than 0")]
      : NOTHING),
  ];
}

function hook(given: LifecycleHandler | undefined, path: string, graceSeconds: number | undefined): Findings {
  if (given === undefined) return NOTHING;
  const seconds = given.sleep?.seconds;
  const others = given.exec ?? given.httpGet ?? given.tcpSocket;
  if (seconds === undefined) return handler(given, path);
  if (others !== undefined) return [...handler(given, path), forbidden(`${path}.sleep`, ONLY_ONE)];
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return NOTHING;
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
  return [invalid(`${path}.sleep`, seconds, detail)];
}

const HANDLERS = ["exec", "httpGet", "tcpSocket", "grpc"] as const;
type Handler = Pick<Probe, (typeof HANDLERS)[number]>;

/** Exactly one thing to do; the first is checked, those after it are one too many. */
function handler(given: Handler, path: string): Findings {
  const [first, ...more] = HANDLERS.filter((name) => given[name] !== undefined);
  if (first === undefined) return [required(path, "must specify a handler type")];
  const action = checkAction(given, `${path}.${first}`, first);
  return more.length === 0 ? action : [...action, ...more.map((name) => forbidden(`${path}.${name}`, ONLY_ONE))];
}

function checkAction(given: Handler, path: string, name: (typeof HANDLERS)[number]): Findings {
  if (name === "exec") return (given.exec?.command ?? []).length === 0 ? [required(`${path}.command`)] : NOTHING;
  if (name === "tcpSocket") return portNumberOrName(`${path}.port`, given.tcpSocket?.port);
  if (name === "grpc") return portNumber(`${path}.port`, given.grpc?.port);
  const { path: asked, port, scheme, httpHeaders } = given.httpGet ?? { port: 0 };
  return [
    ...(asked === "" ? [required(`${path}.path`)] : NOTHING),
    ...portNumberOrName(`${path}.port`, port),
    ...(scheme === "HTTP" || scheme === "HTTPS"
      ? NOTHING
      : [notSupported(`${path}.scheme`, scheme ?? "", ["HTTP", "HTTPS"])]),
    ...eachItem(httpHeaders, (header) =>
      /^[-A-Za-z0-9]+$/.test(header.name) ? NOTHING : invalidFor(`${path}.httpHeaders`, header.name, [HEADER_NAME]),
    ),
  ];
}

const HEADER_NAME =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
