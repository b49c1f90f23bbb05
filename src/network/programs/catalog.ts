import { agnhostProgram } from "./agnhost/agnhost.ts";
import { behaviours } from "./behaviours.ts";
import { corednsProgram } from "./coredns.ts";
import { requestProgram, serveProgram } from "./demo.ts";
import { elasticsearchProgram, fluentdProgram } from "./log-shipping.ts";
import type { Process, Program } from "./program.ts";
import { shellProgram } from "./shell/shell.ts";
import {
  APACHE_PHP,
  HTTPD,
  NAUTILUS,
  NGINX,
  NGINX_NOTE,
  pauseProgram,
  plainProgram,
  type WebImage,
  webProgram,
} from "./web.ts";

/**
 * What a world says of an image: that it cannot be pulled, that it serves pages, or that it behaves as another image does.
 * Keyed by image name without registry; a key without tag holds for every tag.
 */
export type ImageDeclaration =
  | { readonly missing: true }
  | { readonly port?: number; readonly pages: Readonly<Record<string, string>> }
  | { readonly like: string };

export type ImageDeclarations = Readonly<Record<string, ImageDeclaration>>;

const WEB_IMAGES: Readonly<Record<string, WebImage>> = {
  nginx: NGINX,
  "bitnami/nginx": NGINX,
  httpd: HTTPD,
  nautilus: NAUTILUS,
  "myos:httpd": APACHE_PHP,
  "myos:nginx": NGINX_NOTE,
};

/** By repository; those without a folder are the same whichever registry and folder they come from. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  "jeremyot/serve": serveProgram,
  "jeremyot/request": requestProgram,
  agnhost: agnhostProgram,
  pause: pauseProgram,
  coredns: corednsProgram,
  "lighthouse-coredns": corednsProgram,
  elasticsearch: elasticsearchProgram,
  fluentd: fluentdProgram,
};

/** Images whose own program is a shell: they end at once unless somebody keeps their input open. */
const SHELL_IMAGES: ReadonlySet<string> = new Set([
  "alpine",
  "bash",
  "busybox",
  "centos",
  "curlimages/curl",
  "debian",
  "fedora",
  "myos",
  "nicolaka/netshoot",
  "ubuntu",
]);

/** Programs a world brings along, by the image (with or without tag) or the command that starts them. */
export type Programs = Readonly<Record<string, Program>>;

/** Files that come with an image, beside its commands, and that somebody looks for. */
const IMAGE_FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  agnhost: {
    "/localhost.crt": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    "/localhost.key": "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n",
  },
};

/** The files of an image, by path. */
export function imageFiles(image: string): Readonly<Record<string, string>> {
  const { repository } = imageNames(image);
  const base = repository.slice(repository.lastIndexOf("/") + 1);
  return Object.hasOwn(IMAGE_FILES, base) ? (IMAGE_FILES[base] ?? {}) : {};
}

/** The program of that very name. */
export function ownProgram(programs: Programs | undefined, name: string): Program | undefined {
  return programs !== undefined && Object.hasOwn(programs, name) ? programs[name] : undefined;
}

/** The program an image starts when the pod names no command: the world's own, a declared or a known one. */
export function imageProgram(image: string, declarations: ImageDeclarations, programs?: Programs): Program {
  for (const name of namesOf(image)) {
    const own = ownProgram(programs, name);
    if (own !== undefined) return own;
  }
  const declared = declarationOf(image, declarations);
  if (declared !== undefined && "like" in declared)
    return (
      ownProgram(programs, declared.like) ?? ownProgram(behaviours, declared.like) ?? builtinProgram(declared.like)
    );
  if (declared !== undefined && "pages" in declared)
    return webProgram({ port: declared.port ?? 80, server: "nginx", pages: declared.pages });
  return builtinProgram(image);
}

/** Whether a world declared that the image cannot be pulled. */
export function isMissing(image: string, declarations: ImageDeclarations): boolean {
  const declared = declarationOf(image, declarations);
  return declared !== undefined && "missing" in declared;
}

function declarationOf(image: string, declarations: ImageDeclarations): ImageDeclaration | undefined {
  for (const name of namesOf(image)) if (Object.hasOwn(declarations, name)) return declarations[name];
  return undefined;
}

/** Kubernetes' own tests keep copies of common images in a folder of their registry. */
const COPIES = /^e2e-test-images\//;

function builtinProgram(image: string): Program {
  const names = imageNames(image);
  const [repository, tagged] = [names.repository.replace(COPIES, ""), names.tagged.replace(COPIES, "")];
  const base = repository.slice(repository.lastIndexOf("/") + 1);
  const web = WEB_IMAGES[tagged] ?? WEB_IMAGES[repository];
  if (web !== undefined) return webProgram(web);
  if (SHELL_IMAGES.has(repository)) return interactiveShell;
  return ownProgram(PROGRAMS, repository) ?? ownProgram(PROGRAMS, base) ?? plainProgram;
}

/** All that an image may be known by: with and without its registry, with and without its tag. */
function namesOf(image: string): readonly string[] {
  const { repository, tagged } = imageNames(image);
  return [image, image.slice(0, image.length - tagged.length + repository.length), tagged, repository];
}

/** `docker.io/library/nginx:1.25@sha256:…` is repository `nginx`, tagged `nginx:1.25`. */
function imageNames(image: string): { readonly repository: string; readonly tagged: string } {
  const name = image.replace(/@.*$/, "");
  const slash = name.indexOf("/");
  const registry = slash > 0 && /[.:]|^localhost$/.test(name.slice(0, slash)) ? name.slice(0, slash + 1) : "";
  const tagged = name.slice(registry.length).replace(/^library\//, "");
  const colon = tagged.lastIndexOf(":");
  return { repository: colon > tagged.lastIndexOf("/") ? tagged.slice(0, colon) : tagged, tagged };
}

function interactiveShell(process: Process): void {
  if (process.argv.length > 0) {
    process.spawn(process.argv, {}, (code) => process.exit(code));
    return;
  }
  if (process.container.stdin === true || process.container.tty === true) shellProgram(process);
  else process.exit(0);
}
