export type {
  DependentObjectReference,
  Interpreter,
  KindRules,
  Replicas,
} from "./interpreter.ts";
export { InterpreterError } from "./interpreter.ts";
export { nativeInterpreter } from "./rules-interpreter.ts";
