import type { DnsResponder } from "../dns/responder.ts";
import type { Datagram } from "./datagrams.ts";
import type { Serve } from "./http.ts";
import type { Protocol } from "./packet.ts";
import type { Socket } from "./socket.ts";

/** What a program says of a service to who asks in gRPC's health protocol: its state, or the error the call ends with. */
export type HealthAnswer = "SERVING" | "NOT_SERVING" | { readonly code: string; readonly message: string };

/** What answers at a port: a program speaking HTTP, a DNS server, or one that takes connections or datagrams as they are. */
export type Listener = {
  readonly serve?: Serve;
  /** The certificates (PEM, its own first) a program shows that speaks TLS; fabric and callers do not encrypt. */
  readonly certificates?: string;
  /** For a program that speaks gRPC, as far as it is asked for its health. */
  readonly health?: (service: string) => HealthAnswer;
  readonly dns?: () => DnsResponder | undefined;
  readonly accept?: (socket: Socket) => void;
  readonly receive?: (datagram: Datagram) => void;
};

type Host = { readonly listeners: Map<string, Listener>; uses: number };

/** Addresses that are up, and who listens there. */
export class Hosts {
  readonly #hosts = new Map<string, Host>();

  has(address: string): boolean {
    return this.#hosts.has(address);
  }

  /** Brings an address up until the returned function has been called as often as this was. */
  bringUp(address: string): () => void {
    const host = this.#hosts.get(address) ?? { listeners: new Map<string, Listener>(), uses: 0 };
    this.#hosts.set(address, host);
    host.uses++;
    let up = true;
    return () => {
      if (!up) return;
      up = false;
      host.uses--;
      if (host.uses === 0) this.#hosts.delete(address);
    };
  }

  /** Listens at a port; false when it is taken. The address must be up. */
  listen(address: string, port: string, listener: Listener): boolean {
    const listeners = this.#hosts.get(address)?.listeners;
    if (listeners === undefined || listeners.has(port)) return false;
    listeners.set(port, listener);
    return true;
  }

  /** Frees a port, if that very listener has it. */
  close(address: string, port: string, listener: Listener): void {
    const listeners = this.#hosts.get(address)?.listeners;
    if (listeners?.get(port) === listener) listeners.delete(port);
  }

  listenerAt(address: string, port: string): Listener | undefined {
    return this.#hosts.get(address)?.listeners.get(port);
  }
}

/** How a port is named that is open to the node itself only. */
export function loopbackKey(key: string): string {
  return `lo:${key}`;
}

export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** `8080/TCP`: how a port is named among listeners. */
export function portKey(port: number, protocol: Protocol): string {
  return `${port}/${protocol}`;
}
