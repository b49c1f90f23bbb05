import type { ObjectList } from "../apimachinery/index.ts";
import {
  type HttpExchange,
  type HttpHeaders,
  type HttpResponder,
  parseResourcePath,
  type ResourcePath,
} from "../apiserver/index.ts";

type Door = (exchange: HttpExchange, responder: HttpResponder) => void;
type NamedDoor = { readonly member: string; readonly door: Door };
type Whole = { readonly code: number; readonly headers: HttpHeaders; readonly body: Buffer };

const TEXT = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" } as const;

/**
 * Answers the proxy of the cluster named `*` (`pkg/registry/cluster/storage/aggregate.go`): lists of all members in one, an
 * object from the one member that has it, anything that is no resource from the host.
 */
export function answerForAll(
  doors: { readonly host: Door; readonly members: readonly NamedDoor[] },
  exchange: HttpExchange,
  responder: HttpResponder,
): void {
  const [path = ""] = exchange.path.split("?");
  const place = parseResourcePath(path);
  if (place === undefined) doors.host(exchange, responder);
  else if (place.name !== undefined) answerFromOwner(doors.members, place, exchange, responder);
  else if (exchange.method === "GET" && !/[?&]watch=(?!0|false)/.test(exchange.path))
    answerMerged(doors.members, exchange, responder);
  else responder.respond(405, TEXT, `Request verb ${verbOf(exchange)} is not support\n`);
}

/** Collections know no update or patch; upstream's texts name the verb of the request. */
function verbOf({ method }: HttpExchange): string {
  if (method === "GET") return "watch";
  return { POST: "create", PUT: "update", PATCH: "patch", DELETE: "deletecollection" }[method] ?? "";
}

function answerFromOwner(
  members: readonly NamedDoor[],
  place: ResourcePath,
  exchange: HttpExchange,
  responder: HttpResponder,
): void {
  const look = { ...exchange, method: "GET", path: objectPath(place), body: new Uint8Array() };
  askAll(members, look, (answers) => {
    const owners = answers.flatMap(({ member, answer }) => (answer?.code === 200 ? [member] : []));
    if (owners.length === 1) members.find(({ member }) => member === owners[0])?.door(exchange, responder);
    else if (owners.length === 0)
      responder.respond(404, TEXT, "resource not found or don't have permission to get it\n");
    else responder.respond(409, TEXT, `conflict resource, exist in more than one cluster: ${owners.join(",")}\n`);
  });
}

function objectPath({ group, version, namespace, plural, name = "" }: ResourcePath): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const space = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${space}/${plural}/${encodeURIComponent(name)}`;
}

/** One list of what every member has; nothing in it says whose an object is. */
function answerMerged(members: readonly NamedDoor[], exchange: HttpExchange, responder: HttpResponder): void {
  // Rows of a Table could not be told to be of equal columns.
  const headers = { ...exchange.headers, accept: "application/json" };
  askAll(members, { ...exchange, headers }, (answers) => {
    const lists = answers.flatMap(({ answer }) =>
      answer?.code === 200 ? [JSON.parse(answer.body.toString("utf8")) as ObjectList] : [],
    );
    const [first] = lists;
    if (first === undefined) responder.respond(404, TEXT, "not found\n");
    else {
      const merged = { ...first, items: lists.flatMap(({ items }) => items) };
      responder.respond(200, { "content-type": "application/json" }, JSON.stringify(merged));
    }
  });
}

type MemberAnswer = { readonly member: string; readonly answer: Whole | undefined };

/** Asks every member at once; goes on when the last has answered, in the order of the members. */
function askAll(
  members: readonly NamedDoor[],
  exchange: HttpExchange,
  onAnswers: (answers: readonly MemberAnswer[]) => void,
): void {
  const answers: MemberAnswer[] = members.map(({ member }) => ({ member, answer: undefined }));
  let left = members.length;
  if (left === 0) onAnswers([]);
  for (const [index, { member, door }] of members.entries())
    door(
      exchange,
      wholeAnswer((answer) => {
        answers[index] = { member, answer };
        if (--left === 0) onAnswers(answers);
      }),
    );
}

/** Gathers an answer, streamed or not. */
function wholeAnswer(onAnswer: (answer: Whole) => void): HttpResponder {
  return {
    respond: (code, headers, body) => onAnswer({ code, headers, body: bytesOf(body) }),
    startStream: (code, headers) => {
      const chunks: Buffer[] = [];
      return {
        write: (chunk) => chunks.push(bytesOf(chunk)) > 0,
        end: () => onAnswer({ code, headers, body: Buffer.concat(chunks) }),
        onClose: () => {},
      };
    },
  };
}

function bytesOf(chunk: Uint8Array | string): Buffer {
  return typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(chunk);
}
