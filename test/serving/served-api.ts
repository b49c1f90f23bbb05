import type { SchemaSource } from "../../src/apimachinery/index.ts";
import { type ApiServer, handleHttp } from "../../src/apiserver/index.ts";
import {
  bodyDecoders,
  bodyEncoders,
  type CertificateAuthority,
  createCertificateAuthority,
  type HttpHandler,
  type HttpsListener,
  type KeyPairPem,
  listenHttps,
  wallClock,
} from "../../src/serving/index.ts";
import { driveByWallClock, type Loop } from "../../src/sim/index.ts";
import { fixture } from "../apiserver/fixture.ts";
import { RawClient } from "./raw-client.ts";

/** An API server alone, behind a real listener. */
export type Served = {
  readonly server: ApiServer;
  readonly listener: HttpsListener;
  readonly connect: () => Promise<RawClient>;
  readonly stop: () => Promise<void>;
};

let credentials: Promise<{
  readonly authority: CertificateAuthority;
  readonly certificate: KeyPairPem;
  readonly person: KeyPairPem;
}>;

/** Made once per file: keys cost more than a server. */
async function makeCredentials(): typeof credentials {
  const authority = await createCertificateAuthority("test");
  return {
    authority,
    certificate: await authority.issueServer({ dns: ["localhost"], ip: ["127.0.0.1"] }),
    person: await authority.issueClient({ commonName: "admin", organizations: ["system:masters"] }),
  };
}

/** Serves until `stop`; `connect` speaks to it as the administrator. */
export async function serve(
  options: {
    readonly historyLimit?: number;
    readonly inFlight?: { readonly readOnly: number; readonly mutating: number };
    readonly handler?: (loop: Loop) => HttpHandler;
    readonly schemas?: SchemaSource;
  } = {},
): Promise<Served> {
  const { historyLimit = 2048, inFlight, handler, schemas } = options;
  credentials ??= makeCredentials();
  const { authority, certificate, person } = await credentials;
  const { server, loop } = fixture({ historyLimit, ...(schemas === undefined ? {} : { schemas }) });
  const formats = { decoders: bodyDecoders(), encoders: bodyEncoders() };
  const stopDriving = driveByWallClock(loop, wallClock, 1);
  const listener = await listenHttps({
    loop,
    handler: handler?.(loop) ?? ((exchange, responder) => handleHttp(server, exchange, responder, formats)),
    certificate,
    clientAuthority: authority.certificate,
    address: "127.0.0.1",
    port: 0,
    ...(inFlight === undefined ? {} : { inFlight }),
  });
  const clients: RawClient[] = [];
  return {
    server,
    listener,
    connect: async () => {
      const client = await RawClient.open(listener.port, authority.certificate, person);
      clients.push(client);
      return client;
    },
    stop: async () => {
      for (const client of clients) client.close();
      await listener.close();
      stopDriving();
    },
  };
}
