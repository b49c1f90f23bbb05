import type { Loop, RandomStream } from "../../../sim/index.ts";
import type { HttpRequest, HttpResponse } from "../../fabric/http.ts";
import type { Directive } from "../corefile/corefile.ts";
import type { KubernetesView } from "../kubernetes/view.ts";
import type { DnsZone } from "../kubernetes/zone.ts";
import type { DnsMessage, DnsQuestion, DnsRecord } from "../message.ts";
import type { Metrics } from "./metrics.ts";
import type { Reply } from "./reply.ts";

export type Transport = "udp" | "tcp";

/** Who asks, and how. */
export type DnsClient = { readonly address: string; readonly port: number; readonly transport: Transport };

/** A query on its way down a chain of plugins. */
export type Request = {
  readonly query: DnsMessage;
  /** The question as the plugins above have left it. */
  readonly question: DnsQuestion;
  readonly client: DnsClient;
  /** Bytes received. */
  readonly size: number;
  /** What plugins tell of it under names like `forward/upstream`, to those behind and before them; kept where `metadata` is. */
  readonly labels?: Map<string, string> | undefined;
  /** Takes what plugins say of their decisions, when somebody wants to know. */
  readonly note?: ((plugin: string, text: string) => void) | undefined;
};

/** The rest of a chain. */
export type Handler = (request: Request) => Reply;

/** What a plugin adds to its server block. */
export type PluginPart = {
  /** Its place in the chain; a plugin without one only listens, watches or counts. */
  readonly handle?: (request: Request, next: Handler) => Reply;
  /** Whether it refuses what it does not serve when no plugin is behind it, rather than fail. */
  readonly refusesAtEnd?: boolean;
  /** Whether `/ready` waits for it; counts as ready for ever once it was. */
  readonly ready?: () => boolean;
  /** HTTP served at a port, until the process ends, or only until it is asked to. */
  readonly http?: {
    readonly port: number;
    readonly serve: (request: HttpRequest) => HttpResponse;
    readonly endsAtOnce?: true;
  };
  /** All records of a zone it holds, for a transfer; `undefined` when it does not. */
  readonly transfer?: (zone: string) => readonly DnsRecord[] | undefined;
  /** The search list it would give a client, for `autopath`. */
  readonly searchPath?: (request: Request) => readonly string[] | undefined;
  /** What it can tell of a query before that is answered, for `metadata`. */
  readonly labels?: (request: Request) => readonly (readonly [name: string, value: string])[];
  /** What it makes of what is known of the cluster, for `k8s_external`. */
  readonly view?: KubernetesView;
  /** A plugin of the same block it cannot do without. */
  readonly needs?: string;
  /** What keeps the server from starting; after {@link startupWaitMs} it starts anyway. */
  readonly waitsFor?: () => boolean;
  readonly startupWaitMs?: number;
  /** Called once the server listens. */
  readonly started?: () => void;
  readonly stopped?: () => void;
  /** How long a process asked to end keeps answering. */
  readonly lameduckMs?: number;
  /** How often the Corefile is looked at. */
  readonly reloadEveryMs?: number;
  /** The addresses it is to listen at; all when no plugin names any. */
  readonly bindsTo?: readonly string[];
  /** Where paths of files begin that do not begin at the top. */
  readonly filesAt?: string;
  /** Whether classes other than IN reach the chain. */
  readonly acceptsChaos?: boolean;
  /** The kinds of objects it lists, as logs name them. */
  readonly lists?: readonly ListedKind[];
};

/** What a plugin watches at the API server. */
export type ListedKind = "Namespace" | "Service" | "EndpointSlice" | "Pod" | "ServiceImport";

/** What the process a server runs in offers to it. */
export interface ServerSurroundings {
  readonly loop: Loop;
  readonly random: RandomStream;
  /** What is known of the cluster. */
  readonly zone: DnsZone;
  /** The addresses the server has itself. */
  readonly addresses: readonly string[];
  /** `1.12.1`. */
  readonly version: string;
  /** The emulated Kubernetes version, `v1.34.0`; absent when there is no API server. */
  readonly kubernetesVersion?: string | undefined;
  readonly metrics: Metrics;
  /** Whether traffic to and from another cluster passes; where nobody can tell, all count as connected. */
  readonly isConnectedTo?: (cluster: string) => boolean;
  readFile(path: string): string | undefined;
  /** The paths of all files at or below a path. */
  listFiles(path: string): readonly string[];
  variable(name: string): string | undefined;
  log(line: string): void;
  /** Ends the process at once with a last line. */
  fatal(line: string): void;
  /** Asks another DNS server. */
  ask(
    server: { readonly address: string; readonly port: number },
    query: DnsMessage,
  ): DnsMessage | "timeout" | "refused";
}

/** What a plugin is set up with: every use of its directive in a server block, and the block itself. */
export type Setup = {
  readonly directives: readonly [Directive, ...Directive[]];
  /** The block's zones, as zoneName writes them. */
  readonly zones: readonly string[];
  readonly port: number;
  readonly surroundings: ServerSurroundings;
  /** Another plugin's part of the same block; to be asked when a query is served, not during set-up. */
  readonly part: (plugin: string) => PluginPart | undefined;
  readonly parts: () => readonly PluginPart[];
  /** The plugins of the block that queries pass, in their order. */
  readonly chain: () => readonly string[];
  /** Asks the whole server anew, as a plugin does that follows a CNAME. */
  readonly lookUp: (question: DnsQuestion, request: Request) => Reply;
};

/** Reads a directive's uses into a part. Throws a ConfigError on what it does not understand. */
export type PluginSetup = (setup: Setup) => PluginPart;
