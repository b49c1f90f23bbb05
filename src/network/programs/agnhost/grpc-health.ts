import type { Process } from "../program.ts";
import { readFlags } from "./flags.ts";
import { goTime, logLine, serveRoutes } from "./serving.ts";

/** `grpc-health-checking`: well for so many seconds, or as it was last told at `/make-serving` or `/make-not-serving`. */
export function grpcHealthChecking(process: Process, args: readonly string[]): void {
  const flags = readFlags(args);
  const unhealthyMs = flags.number("delay-unhealthy-sec", -1) * 1000;
  const own = flags.text("service", "");
  const startMs = process.clock.nowMs();
  const started = goTime(startMs, startMs);
  const aliveMs = (): number => process.clock.nowMs() - startMs;
  let isForced = false;
  const force = (isUnhealthy: boolean): string => {
    logLine(process, `Mark as ${isUnhealthy ? "unhealthy" : "healthy"}`);
    isForced = isUnhealthy;
    return `${aliveMs() / 1000}s`;
  };
  const httpPort = flags.number("http-port", 8080);
  logLine(process, `Http server starting to listen on :${httpPort}`);
  const routes = { "/make-not-serving": () => force(true), "/make-serving": () => force(false) };
  if (!serveRoutes(process, httpPort, routes)) return;
  const port = flags.number("port", 5000);
  logLine(process, `gRPC server starting to listen on :${port}`);
  process.listen(port, () => undefined, {
    health: (service) => {
      logLine(process, `Serving the Check request for health check, started at ${started}`);
      if (service !== own) return { code: "NotFound", message: "unknown service" };
      const isOver = unhealthyMs >= 0 && aliveMs() >= unhealthyMs;
      return isForced || isOver ? "NOT_SERVING" : "SERVING";
    },
  });
  process.onTerminate(() => process.exit(2));
}
