/** metav1.StatusReason values this API answers with. */
export type StatusReason =
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "AlreadyExists"
  | "Conflict"
  | "Gone"
  | "Invalid"
  | "ServerTimeout"
  | "Timeout"
  | "TooManyRequests"
  | "BadRequest"
  | "MethodNotAllowed"
  | "NotAcceptable"
  | "RequestEntityTooLarge"
  | "UnsupportedMediaType"
  | "InternalError"
  | "Expired"
  | "ServiceUnavailable";

/** metav1.StatusCause. */
export type StatusCause = { readonly reason?: string; readonly message?: string; readonly field?: string };

/** metav1.StatusDetails. */
export type StatusDetails = {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
};

/** metav1.Status. */
export type Status = {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  /** A list that cannot go on consistently says how to go on all the same. */
  readonly metadata: { readonly continue?: string };
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: StatusReason;
  readonly details?: StatusDetails;
  readonly code: number;
};

/** An API error: expected, answered or thrown at the client door only. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly status: Status;

  constructor(status: Status, options?: ErrorOptions) {
    super(status.message ?? status.reason ?? "unknown error", options);
    this.status = status;
  }

  get code(): number {
    return this.status.code;
  }

  get reason(): StatusReason | undefined {
    return this.status.reason;
  }
}

const CODES: Readonly<Record<StatusReason, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Invalid: 422,
  ServerTimeout: 500,
  Timeout: 504,
  TooManyRequests: 429,
  BadRequest: 400,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  InternalError: 500,
  Expired: 410,
  ServiceUnavailable: 503,
};

/** A failure Status with the code Kubernetes gives the reason. */
export function failure(reason: StatusReason, message: string, details?: StatusDetails): Status {
  const base = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason } as const;
  const code = CODES[reason];
  return details === undefined ? { ...base, code } : { ...base, details, code };
}

type Resource = { readonly group: string; readonly plural: string };
const qualified = (resource: Resource): string =>
  resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
const detailsOf = (resource: Resource, name: string): StatusDetails => ({
  ...(name === "" ? {} : { name }),
  ...(resource.group === "" ? {} : { group: resource.group }),
  kind: resource.plural,
});

/** The errors of `k8s.io/apimachinery/pkg/api/errors`, with its texts. */
export const statusErrors = {
  notFound: (resource: Resource, name: string): StatusError =>
    new StatusError(failure("NotFound", `${qualified(resource)} "${name}" not found`, detailsOf(resource, name))),
  alreadyExists: (resource: Resource, name: string): StatusError =>
    new StatusError(
      failure("AlreadyExists", `${qualified(resource)} "${name}" already exists`, detailsOf(resource, name)),
    ),
  conflict: (resource: Resource, name: string, message: string): StatusError =>
    new StatusError(
      failure(
        "Conflict",
        `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${message}`,
        detailsOf(resource, name),
      ),
    ),
  modified: (resource: Resource, name: string): StatusError =>
    statusErrors.conflict(
      resource,
      name,
      "the object has been modified; please apply your changes to the latest version and try again",
    ),
  badRequest: (message: string): StatusError => new StatusError(failure("BadRequest", message)),
  expired: (message: string): StatusError => new StatusError(failure("Expired", message)),
  forbidden: (resource: Resource, name: string, message: string): StatusError =>
    new StatusError(
      failure(
        "Forbidden",
        name === ""
          ? `${qualified(resource)} is forbidden: ${message}`
          : `${qualified(resource)} "${name}" is forbidden: ${message}`,
        detailsOf(resource, name),
      ),
    ),
  methodNotSupported: (resource: Resource, verb: string): StatusError =>
    new StatusError(
      failure(
        "MethodNotAllowed",
        `${verb} is not supported on resources of kind "${qualified(resource)}"`,
        detailsOf(resource, ""),
      ),
    ),
  /** No resource at this path can be asked this way: the router itself says so. */
  methodNotAllowed: (): StatusError =>
    new StatusError(failure("MethodNotAllowed", "the server does not allow this method on the requested resource", {})),
  noSuchPath: (): StatusError =>
    new StatusError(failure("NotFound", "the server could not find the requested resource", {})),
  internal: (message: string): StatusError =>
    new StatusError(failure("InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] })),
  /** A 500 whose message is the bare text and which has no reason: what an error without a Status becomes. */
  plain: (message: string): StatusError => {
    const { reason: _, ...status } = failure("InternalError", message);
    return new StatusError(status);
  },
  unavailable: (message: string): StatusError => new StatusError(failure("ServiceUnavailable", message)),
  /** 422; `kind` is the object's kind and its group, as Kubernetes prints it (`Deployment.apps "web" is invalid: …`). */
  invalid: (
    kind: { readonly group: string; readonly kind: string },
    name: string,
    causes: readonly FieldError[],
  ): StatusError => {
    const title = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
    const texts = [...new Set(causes.map(formatFieldError))];
    const joined = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
    return new StatusError(
      failure("Invalid", `${title} "${name}" is invalid: ${joined}`, {
        ...(name === "" ? {} : { name }),
        ...(kind.group === "" ? {} : { group: kind.group }),
        ...(kind.kind === "" ? {} : { kind: kind.kind }),
        causes: causes.map((cause) => ({ reason: cause.type, message: fieldErrorBody(cause), field: cause.field })),
      }),
    );
  },
} as const;

/** field.ErrorType values. */
export type FieldErrorType =
  | "FieldValueNotFound"
  | "FieldValueRequired"
  | "FieldValueDuplicate"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "InternalError"
  | "FieldValueTypeInvalid";

/** One validation finding (`k8s.io/apimachinery/pkg/util/validation/field.Error`). `value` is absent where Kubernetes prints none. */
export type FieldError = {
  readonly type: FieldErrorType;
  readonly field: string;
  readonly value?: unknown;
  readonly detail: string;
};

const TITLES: Readonly<Record<FieldErrorType, string>> = {
  FieldValueNotFound: "Not found",
  FieldValueRequired: "Required value",
  FieldValueDuplicate: "Duplicate value",
  FieldValueInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueForbidden: "Forbidden",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
  InternalError: "Internal error",
  FieldValueTypeInvalid: "Invalid value",
};

export function formatFieldError(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`;
}

function fieldErrorBody(error: FieldError): string {
  const title = TITLES[error.type];
  const valueless =
    error.type === "FieldValueRequired" ||
    error.type === "FieldValueForbidden" ||
    error.type === "FieldValueTooLong" ||
    error.type === "InternalError";
  const head = valueless || !("value" in error) ? title : `${title}: ${printValue(error.value)}`;
  return error.detail === "" ? head : `${head}: ${error.detail}`;
}

function printValue(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : (JSON.stringify(value) ?? "null");
}

/** What was done and leaves nothing to show. Most say no code. */
export type Success = Omit<Status, "code"> & { readonly code?: number };

/** A success Status, as DELETE answers. */
export function success(details?: StatusDetails): Success {
  const base = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" } as const;
  return details === undefined ? base : { ...base, details };
}
