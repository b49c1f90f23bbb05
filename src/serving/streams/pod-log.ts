import type { ContainerStatus, Pod } from "../../api/index.ts";
import { type FieldError, statusErrors } from "../../apimachinery/index.ts";
import type { ClusterState, HttpResponder } from "../../apiserver/index.ts";
import type { ContainerLog } from "../../network/index.ts";
import { LineAssembler, LineWriter, type LogLine, type LogWish, wantedLines } from "./log-lines.ts";
import type { NodeAgent } from "./node-agent.ts";
import { containerOf, nodeOf, podNamed } from "./pod-target.ts";

const HEADERS = { "content-type": "text/plain", "cache-control": "no-cache, private" } as const;
type Options = LogWish & { readonly container: string; readonly follow: boolean; readonly previous: boolean };

/** Answers GET of `pods/log`: what a container wrote, and with `follow` what it goes on to write. Throws a StatusError. */
export function answerPodLog(
  state: ClusterState,
  agent: NodeAgent | undefined,
  what: { readonly namespace: string; readonly name: string; readonly query: URLSearchParams },
  responder: HttpResponder,
): void {
  const { namespace, name, query } = what;
  const options = readLogOptions(name, query, state.nowMs());
  const pod = podNamed(state, namespace, name);
  const container = containerOf(pod, options.container);
  // A pod that no node has taken yet has no log, and that is no error (`LogLocation`).
  if ((pod.spec.nodeName ?? "") === "") {
    responder.respond(200, HEADERS, "");
    return;
  }
  nodeOf(state, pod);
  checkStatus(pod, container, options.previous);
  const log = agent?.log({ namespace, pod: name, container }, { previous: options.previous });
  if (log === undefined) responder.respond(200, HEADERS, "");
  else sendLog(log, options, responder);
}

function sendLog(log: ContainerLog, options: Options, responder: HttpResponder): void {
  const assembler = new LineAssembler();
  const present = log.pieces.flatMap((piece) => assembler.take(piece));
  const lines = wantedLines(log.ended ? [...present, ...assembler.end()] : present, options);
  const writer = new LineWriter(options);
  const bytes = writer.write(lines);
  if (!options.follow || log.ended) {
    responder.respond(200, HEADERS, bytes);
    return;
  }
  const stream = responder.startStream(200, HEADERS);
  const send = (some: readonly LogLine[]): void => {
    const { sinceMs } = options;
    const chunk = writer.write(sinceMs === undefined ? some : some.filter((line) => line.atMs >= sinceMs));
    if (chunk.length > 0) stream.write(chunk);
    if (writer.full) finish();
  };
  let stop = (): void => {};
  const finish = (): void => {
    stop();
    stream.end();
  };
  if (bytes.length > 0) stream.write(bytes);
  if (writer.full) {
    finish();
    return;
  }
  stop = log.follow({
    onPiece: (piece) => send(assembler.take(piece)),
    onEnd: () => {
      send(assembler.end());
      finish();
    },
  });
  stream.onClose(() => stop());
}

/** Which log there can be, by the container's state (`kubelet.validateContainerLogStatus`). */
function checkStatus(pod: Pod, container: string, previous: boolean): void {
  const { name } = pod.metadata;
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  const all = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  const status = all.find((one) => one.name === container);
  const said = `container ${JSON.stringify(container)} in pod ${JSON.stringify(name)}`;
  if (status === undefined) throw statusErrors.badRequest(`${said} is not available`);
  if (previous) {
    if (status.lastState?.terminated === undefined)
      throw statusErrors.badRequest(
        `previous terminated container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} not found`,
      );
    return;
  }
  if (hasRun(status)) return;
  const reason = status.state?.waiting?.reason;
  if (reason === "ErrImagePull") throw statusErrors.badRequest(`${said} is waiting to start: image can't be pulled`);
  if (reason === "ImagePullBackOff")
    throw statusErrors.badRequest(`${said} is waiting to start: trying and failing to pull image`);
  if (reason !== undefined) throw statusErrors.badRequest(`${said} is waiting to start: ${reason}`);
  throw statusErrors.badRequest(`${said} is waiting to start - no logs yet`);
}

function hasRun({ state, lastState }: ContainerStatus): boolean {
  return state?.running !== undefined || state?.terminated !== undefined || lastState?.terminated !== undefined;
}

function readLogOptions(pod: string, query: URLSearchParams, nowMs: number): Options {
  const errors: FieldError[] = [];
  const integer = (name: string, least: number): number | undefined => {
    const text = query.get(name);
    if (text === null || text === "") return undefined;
    if (!/^-?\d{1,18}$/.test(text))
      throw statusErrors.badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    const value = Number(text);
    const detail = `must be greater than ${least === 1 ? "0" : "or equal to 0"}`;
    if (value < least) errors.push({ type: "FieldValueInvalid", field: name, value, detail });
    return value;
  };
  const tailLines = integer("tailLines", 0);
  const limitBytes = integer("limitBytes", 1);
  const sinceSeconds = integer("sinceSeconds", 1);
  const sinceTime = query.get("sinceTime") ?? "";
  const sinceTimeMs = Date.parse(sinceTime);
  if (sinceTime !== "" && Number.isNaN(sinceTimeMs))
    throw statusErrors.badRequest(`parsing time ${JSON.stringify(sinceTime)} as RFC 3339 failed`);
  if (sinceSeconds !== undefined && sinceTime !== "") {
    const detail = "at most one of `sinceTime` or `sinceSeconds` may be specified";
    errors.push({ type: "FieldValueForbidden", field: "", detail });
  }
  if (errors.length > 0) throw statusErrors.invalid({ group: "", kind: "PodLogOptions" }, pod, errors);
  const sinceMs = sinceSeconds === undefined ? sinceTimeMs : nowMs - sinceSeconds * 1000;
  return {
    container: query.get("container") ?? "",
    follow: isTrue(query.get("follow")),
    previous: isTrue(query.get("previous")),
    timestamps: isTrue(query.get("timestamps")),
    tailLines,
    limitBytes,
    sinceMs: Number.isNaN(sinceMs) ? undefined : sinceMs,
  };
}

/** How query parameters say yes: anything but `false` and `0` (`runtime.Convert_Slice_string_To_bool`). */
export function isTrue(text: string | null): boolean {
  return text !== null && text !== "false" && text !== "0" && text !== "False";
}
