import { type HttpRequest, type HttpResponse, textResponse } from "../fabric/http.ts";
import type { Process, Program } from "./program.ts";

/** What a web server answers by path; `/` is also its index. A function makes a page from the request. */
type Pages = Readonly<Record<string, string | ((request: HttpRequest, process: Process) => string)>>;

/** A web server as data. */
export type WebImage = { readonly port: number; readonly server: string; readonly pages: Pages };

const NGINX_INDEX = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>
</body>
</html>
`;

export const NGINX: WebImage = { port: 80, server: "nginx", pages: { "/": NGINX_INDEX } };
export const HTTPD: WebImage = {
  port: 80,
  server: "Apache/2.4",
  pages: { "/": "<html><body><h1>It works!</h1></body></html>\n" },
};
export const APACHE_PHP: WebImage = {
  port: 80,
  server: "Apache/2.4",
  pages: { "/": "Welcome to The Apache.\n", "/info.php": phpInfo },
};
/** What Kubernetes' update demo rolls out. */
export const NAUTILUS: WebImage = {
  port: 80,
  server: "nginx",
  pages: { "/data.json": '{\n  "image": "nautilus.jpg"\n}\n' },
};
export const NGINX_NOTE: WebImage = { port: 80, server: "nginx", pages: { "/": "Nginx is running !\n" } };

/** Serves pages on a port until SIGTERM; `/usr/share/nginx/html` and the like may be mounted over them. */
export function webProgram(image: WebImage): Program {
  return (process) => {
    if (!process.listen(image.port, (request) => webResponse(image, request, process))) {
      process.output.stderr(`bind() to 0.0.0.0:${image.port} failed (98: Address already in use)\n`);
      process.exit(1);
      return;
    }
    process.onTerminate(() => process.exit(0));
  };
}

/** Serves every TCP port the container declares with a line that names the pod, and is well to who asks over gRPC: what runs in an image nobody described. */
export function plainProgram(process: Process): void {
  const ports = (process.container.ports ?? []).filter((port) => (port.protocol ?? "TCP") === "TCP");
  const line = textResponse(`${process.container.image ?? ""} in ${process.pod.metadata.name}\n`);
  for (const { containerPort } of ports) process.listen(containerPort, () => line, { health: () => "SERVING" });
  process.onTerminate(() => process.exit(0));
  // A task (not to be restarted, serving nothing) must end some time.
  if (ports.length === 0 && (process.pod.spec.restartPolicy ?? "Always") !== "Always")
    process.after(TASK_MS, () => process.exit(0));
}

/** Does nothing until SIGTERM. */
export function pauseProgram(process: Process): void {
  process.onTerminate(() => process.exit(0));
}

const TASK_MS = 1000;
const ROOTS = ["/usr/share/nginx/html", "/usr/local/apache2/htdocs", "/var/www/html"];

function webResponse(image: WebImage, request: HttpRequest, process: Process): HttpResponse {
  const path = request.path.replace(/[?#].*$/, "");
  const mounted = ROOTS.map((root) => process.files.read(`${root}${path === "/" ? "/index.html" : path}`));
  const page = mounted.find((text) => text !== undefined) ?? image.pages[path];
  const headers = { server: image.server, "content-type": "text/html" };
  if (page === undefined) return { status: 404, headers, body: notFound(image.server) };
  return { status: 200, headers, body: typeof page === "string" ? page : page(request, process) };
}

function notFound(server: string): string {
  return `<html>\n<head><title>404 Not Found</title></head>\n<body>\n<center><h1>404 Not Found</h1></center>\n<hr><center>${server}</center>\n</body>\n</html>\n`;
}

/** How high the teaching image's page counts unless it is told, and what counting up to 50,000 costs it. */
const COUNT_TO = 10_000;
const COUNT_MAX = 1_000_000;
const COST = { countTo: 50_000, cpuMs: 112.5 } as const;

/** The teaching image's page: the request as PHP's `print_r` shows it, the host, and how many primes there are up to `id`. */
function phpInfo(request: HttpRequest, process: Process): string {
  const id = Number(/[?&]id=(\d+)/.exec(request.path)?.[1] ?? COUNT_TO);
  process.work(COST.cpuMs * (id / COST.countTo) ** 1.5);
  const fields = [
    ["REMOTE_ADDR", request.remoteAddress],
    ["REQUEST_METHOD", request.method],
    ["HTTP_USER_AGENT", request.headers["user-agent"] ?? ""],
    ["REQUEST_URI", request.path],
  ].map(([name, value]) => `    [${name}] => ${value}\n`);
  return `<pre>\nArray\n(\n${fields.join("")})\nphp_host: \t${process.hostname}\n${primesUpTo(Math.min(id, COUNT_MAX))}\n`;
}

function primesUpTo(last: number): number {
  const composite = new Uint8Array(last + 1);
  let count = 0;
  for (let number = 2; number <= last; number++) {
    if (composite[number] === 1) continue;
    count++;
    for (let multiple = number * number; multiple <= last; multiple += number) composite[multiple] = 1;
  }
  return count;
}
