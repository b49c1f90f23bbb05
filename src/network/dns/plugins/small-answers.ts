import { CLASS_CHAOS, type DnsRecord, RCODE } from "../message.ts";
import type { PluginPart, Request, Setup } from "../server/plugin.ts";
import { bareReply, ownReply, type Reply } from "../server/reply.ts";
import { longestZone, lowerName } from "../zone-names.ts";
import { checkArgs, noBlock, unknownProperty } from "./settings.ts";

const ANY_TTL_SECONDS = 8482;
const LOCAL_TTL_SECONDS = 604_800;
const LOCAL_ZONES = ["localhost.", "0.in-addr.arpa.", "127.in-addr.arpa.", "255.in-addr.arpa."] as const;

/** `any`: says that ANY is not answered any more (RFC 8482). */
export function anyPlugin(setup: Setup): PluginPart {
  checkArgs(setup.directives[0], 0);
  noBlock(setup.directives[0]);
  return {
    handle: (request, next) => {
      const { name, type } = request.question;
      if (type !== "ANY") return next(request);
      const texts = ["ANY obsoleted", "See RFC 8482"];
      return { ...ownReply({ answers: [{ name, type: "HINFO", ttl: ANY_TTL_SECONDS, texts }] }), authoritative: false };
    },
  };
}

/** `chaos [VERSION] [AUTHORS…]`: the version, the authors and the host, for who asks in class CH. */
export function chaosPlugin(setup: Setup): PluginPart {
  const [version = `CoreDNS-${setup.surroundings.version}`, ...authors] = setup.directives[0].args;
  const host = (setup.surroundings.readFile("/etc/hostname") ?? "localhost").trim();
  const texts: Readonly<Record<string, readonly string[]>> = {
    "version.bind.": [version],
    "version.server.": [version],
    "authors.bind.": authors,
    "hostname.bind.": [host],
    "id.server.": [host],
  };
  return {
    handle: (request, next) => {
      const { name, type, class: asked } = request.question;
      const found = asked === CLASS_CHAOS && type === "TXT" ? texts[lowerName(name)] : undefined;
      if (found === undefined) return next(request);
      const answers = found.map(
        (text): DnsRecord => ({ name, type: "TXT", ttl: 0, class: CLASS_CHAOS, texts: [text] }),
      );
      return { ...ownReply({ answers }), authoritative: false };
    },
    acceptsChaos: true,
  };
}

/** `whoami`: the client's own address and port, whatever was asked. */
export function whoamiPlugin(setup: Setup): PluginPart {
  checkArgs(setup.directives[0], 0);
  return {
    handle: ({ client, question }) => {
      const { name } = question;
      const owner = name === "." ? `_${client.transport}.` : `_${client.transport}.${name}`;
      const type = client.address.includes(":") ? "AAAA" : "A";
      const additionals: DnsRecord[] = [
        { name, type, ttl: 0, address: client.address },
        { name: owner, type: "SRV", ttl: 0, priority: 0, weight: 0, port: client.port, target: "." },
      ];
      return ownReply({ additionals });
    },
  };
}

/** `minimal`: answers without the sections a client can do without. */
export function minimalPlugin(setup: Setup): PluginPart {
  checkArgs(setup.directives[0], 0);
  return {
    handle: (request, next) => {
      const reply = next(request);
      if (reply.unwritten === true && reply.error === undefined) return panicked(setup);
      const succeeded = reply.rcode === RCODE.NOERROR && reply.answers.length > 0;
      return succeeded ? { ...reply, authorities: [], additionals: [] } : reply;
    },
  };
}

/** Upstream's plugin takes for granted that an answer was written, and the server catches it. */
function panicked({ port, surroundings }: Setup): Reply {
  const server = JSON.stringify(`dns://:${port}`);
  const what = "runtime error: invalid memory address or nil pointer dereference";
  surroundings.log(`[ERROR] Recovered from panic in server: ${server} ${what}`);
  surroundings.metrics.counter("coredns_panics_total", "A metrics that counts the number of panics.").value++;
  return bareReply(RCODE.SERVFAIL);
}

/** `local`: names and addresses of the loopback stay at home. */
export function localPlugin(setup: Setup): PluginPart {
  for (const directive of setup.directives) {
    checkArgs(directive, 0);
    for (const line of directive.body) throw unknownProperty(line);
  }
  const intercepted = setup.surroundings.metrics.counter(
    "coredns_local_localhost_requests_total",
    "Counter of special localhost subdomain requests.",
  );
  return {
    handle: (request, next) => {
      const name = lowerName(request.question.name);
      // A host below or before `localhost.` is the loopback as well, and a zone of its own.
      const isHost = name !== "localhost." && (name.endsWith(".localhost.") || name.startsWith("localhost."));
      if (isHost) intercepted.value++;
      const zone = isHost ? name : longestZone(LOCAL_ZONES, name);
      return zone === undefined ? next(request) : localReply(request, name, zone);
    },
  };
}

function localReply(request: Request, lower: string, zone: string): Reply {
  const { name, type } = request.question;
  const head = { name, ttl: LOCAL_TTL_SECONDS };
  const isHost = lower === "localhost." || !LOCAL_ZONES.some((one) => one === zone);
  const soa: DnsRecord = {
    name: zone,
    ttl: LOCAL_TTL_SECONDS,
    type: "SOA",
    primary: "localhost.",
    mailbox: "root.localhost.",
    serial: 1,
    refresh: 0,
    retry: 0,
    expire: 0,
    minimum: LOCAL_TTL_SECONDS,
  };
  const plain = (parts: Parameters<typeof ownReply>[0]): Reply => ({ ...ownReply(parts), authoritative: false });
  if (isHost && type === "A") return plain({ answers: [{ ...head, type, address: "127.0.0.1" }] });
  if (isHost && type === "AAAA") return plain({ answers: [{ ...head, type, address: "::1" }] });
  if (lower === zone && type === "SOA") return plain({ answers: [soa] });
  if (lower === zone && type === "NS") return plain({ answers: [{ ...head, type, target: "localhost." }] });
  if (lower === "1.0.0.127.in-addr.arpa." && type === "PTR")
    return plain({ answers: [{ ...head, type, target: "localhost." }] });
  const exists = isHost || lower === zone || lower === "1.0.0.127.in-addr.arpa.";
  return plain({ rcode: exists ? RCODE.NOERROR : RCODE.NXDOMAIN, authorities: [soa] });
}
