import { readFileSync } from "node:fs";
import { connect, type TLSSocket } from "node:tls";
import { parse } from "yaml";

/** A server and the credentials to speak to it, from the first context of a kubeconfig. */
export type Target = {
  readonly host: string;
  readonly port: number;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
};

/** One HTTP request as it goes over the wire. */
export type Call = { readonly method: string; readonly path: string; readonly body?: string; readonly type?: string };

const END_OF_HEADERS = Buffer.from("\r\n\r\n");

/** Reads the address and client certificate of a kubeconfig written by `atoll up`. */
export function targetOf(kubeconfig: string): Target {
  const config = parse(readFileSync(kubeconfig, "utf8")) as {
    readonly clusters: readonly {
      readonly cluster: { readonly server: string; readonly "certificate-authority-data": string };
    }[];
    readonly users: readonly {
      readonly user: Readonly<Record<"client-certificate-data" | "client-key-data", string>>;
    }[];
  };
  const cluster = config.clusters[0]?.cluster;
  const user = config.users[0]?.user;
  const decode = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64");
  const url = new URL(cluster?.server ?? "");
  return {
    host: url.hostname,
    port: Number(url.port),
    ca: decode(cluster?.["certificate-authority-data"]),
    cert: decode(user?.["client-certificate-data"]),
    key: decode(user?.["client-key-data"]),
  };
}

/**
 * One keep-alive connection that does as little as a client can: it writes requests and counts the bytes of answers, so that what is
 * measured is the server. Answers are of known length, or events of a watch.
 */
export class RawConnection {
  readonly #socket: TLSSocket;
  readonly #host: string;
  #take: (chunk: Buffer) => void = () => {};
  #fail: (error: Error) => void = () => {};

  private constructor(socket: TLSSocket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#fail(error));
  }

  static open(target: Target): Promise<RawConnection> {
    return new Promise((done, fail) => {
      const socket = connect({ ...target, ALPNProtocols: ["http/1.1"] });
      socket.setNoDelay(true);
      socket.once("error", fail);
      socket.once("secureConnect", () => {
        socket.off("error", fail);
        done(new RawConnection(socket, `${target.host}:${target.port}`));
      });
    });
  }

  /** Sends one request; resolves when its whole answer has arrived, rejects when that is a failure. */
  send(call: Call): Promise<void> {
    return new Promise((done, fail) => {
      let missing = -1;
      let head: Buffer = Buffer.alloc(0);
      this.#fail = fail;
      this.#take = (chunk) => {
        if (missing < 0) {
          head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
          const end = head.indexOf(END_OF_HEADERS);
          if (end < 0) return;
          const text = head.toString("latin1", 0, end);
          if (!text.startsWith("HTTP/1.1 2"))
            fail(new Error(`${call.method} ${call.path} answered ${text.slice(9, 12)}`));
          const length = /content-length: (\d+)/i.exec(text)?.[1];
          missing = Number(length) - (head.length - end - END_OF_HEADERS.length);
        } else missing -= chunk.length;
        if (missing <= 0) done();
      };
      this.#socket.write(this.#request(call));
    });
  }

  /** Sends a request whose answer goes on; every piece of it is handed to `take`. */
  stream(call: Call, take: (chunk: Buffer) => void): void {
    this.#take = take;
    this.#socket.write(this.#request(call));
  }

  close(): void {
    this.#fail = () => {};
    this.#socket.destroy();
  }

  #request({ method, path, body = "", type = "application/json" }: Call): string {
    const entity = body === "" ? "" : `content-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    return `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\naccept: application/json\r\n${entity}\r\n${body}`;
  }
}
