#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Compiled code is kept between runs: most of a cold start is otherwise spent reading our own sources.
enableCompileCache();
const { runCommandLine } = await import("./command-line.ts");
process.exitCode = await runCommandLine(process.argv.slice(2));
