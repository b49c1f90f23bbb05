import { assert, consistently, error, until, wait } from "./expect.ts";
import { get, script } from "./look.ts";
import { dig, exec, request } from "./network.ts";
import type { Run } from "./operation.ts";
import { advance, fault } from "./time.ts";
import { apply, create, patch, remove } from "./write.ts";

/** Every operation by the name a scenario file gives it. */
export const operations: Readonly<Record<string, Run>> = {
  apply,
  create,
  patch,
  delete: remove,
  assert,
  error,
  until,
  consistently,
  wait,
  get,
  script,
  sleep: advance,
  advance,
  fault,
  dig,
  request,
  exec,
};

export { ExpectationError } from "./operation.ts";
