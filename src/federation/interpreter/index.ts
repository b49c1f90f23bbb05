export type { DependentObjectReference, Health, Interpreter, KindRules, Replicas } from "./interpreter.ts";
export { InterpreterError } from "./interpreter.ts";
