export type {
  DependentObjectReference,
  Interpreter,
  KindRules,
  Replicas,
} from "./interpreter.ts";
export { InterpreterError, interpreted } from "./interpreter.ts";
export { nativeInterpreter } from "./rules-interpreter.ts";
