import { describe, expect, it } from "vitest";
import { Pod, Secret, ServiceAccount } from "../../src/api/index.ts";
import { defineKind, type Status, type Unstructured } from "../../src/apimachinery/index.ts";
import { handleHttp, type TokenSigner, type User } from "../../src/apiserver/index.ts";
import { createTokenSigner } from "../../src/serving/token-signer.ts";
import { advanceTo } from "../../src/sim/index.ts";
import { object } from "./fixture.ts";
import { groupSubject, type RbacCluster, rbacCluster, userSubject } from "./rbac/cluster.ts";

const TokenReview = defineKind<Unstructured>({
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenReview",
  plural: "tokenreviews",
  namespaced: false,
});
const ISSUER = "https://kubernetes.default.svc.cluster.local";
const ANONYMOUS: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };
const HOUR_MS = 3_600_000;

type Body = { readonly code: number; readonly body: ReturnType<typeof JSON.parse> };
type Headers = Readonly<Record<string, string | readonly string[]>>;

/** A cluster with a service account `team/robot`, asked over HTTP. */
type Door = RbacCluster & {
  readonly get: (path: string, headers?: Headers, user?: User) => Body;
  readonly whoami: (headers: Headers, user?: User) => Body;
  readonly tokenOf: (spec?: object) => string;
};

function door(options: Parameters<typeof rbacCluster>[0] = {}, signer: TokenSigner = createTokenSigner()): Door {
  const cluster = rbacCluster({ tokenSigner: signer, ...options });
  cluster.good({
    verb: "create",
    kind: ServiceAccount,
    object: object("v1", "ServiceAccount", { name: "robot", namespace: "team" }),
  });
  const call = (method: string, path: string, headers: Headers, user: User, body: string): Body => {
    let answer: Body = { code: 0, body: undefined };
    handleHttp(
      cluster.server,
      { method, path, headers, user, body: Buffer.from(body) },
      {
        respond: (code, _headers, text) => {
          answer = { code, body: JSON.parse(Buffer.from(text).toString()) };
        },
        startStream: () => {
          throw new Error("no stream was asked for");
        },
      },
    );
    return answer;
  };
  const review = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" });
  return {
    ...cluster,
    get: (path, headers = {}, user = ANONYMOUS) => call("GET", path, headers, user, ""),
    whoami: (headers, user = ANONYMOUS) => {
      const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
      const answer = call("POST", path, { "content-type": "application/json", ...headers }, user, review);
      return { code: answer.code, body: answer.body.status?.userInfo ?? answer.body };
    },
    tokenOf: (spec = {}) => (requestToken(cluster, spec).status as { readonly token: string }).token,
  };
}

type TokenStatus = { readonly token: string; readonly expirationTimestamp: string };

function tokenRequest(spec: object): Parameters<RbacCluster["ask"]>[0] {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata: { name: "" }, spec };
  return { verb: "create", kind: ServiceAccount, namespace: "team", name: "robot", subresource: "token", object: body };
}

function requestToken({ good }: RbacCluster, spec: object): Unstructured {
  return good(tokenRequest(spec));
}

function claimsOf(token: string): ReturnType<typeof JSON.parse> {
  return JSON.parse(Buffer.from(token.split(".")[1] as string, "base64url").toString());
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
const refusal = (refused: (request: ReturnType<typeof tokenRequest>) => Status, spec: object): string =>
  refused(tokenRequest(spec)).message ?? "";

describe("a TokenRequest", () => {
  it("is answered with a token of an hour for the API server itself", () => {
    const cluster = door();
    const answer = requestToken(cluster, {});
    const nowSeconds = cluster.loop.nowMs() / 1000;
    expect(answer).toMatchObject({
      kind: "TokenRequest",
      metadata: { name: "robot", namespace: "team" },
      spec: { audiences: [ISSUER], expirationSeconds: 3600 },
      status: { expirationTimestamp: new Date(cluster.loop.nowMs() + HOUR_MS).toISOString().replace(".000", "") },
    });
    expect(claimsOf((answer.status as { readonly token: string }).token)).toMatchObject({
      aud: [ISSUER],
      iss: ISSUER,
      sub: "system:serviceaccount:team:robot",
      iat: nowSeconds,
      nbf: nowSeconds,
      exp: nowSeconds + 3600,
      "kubernetes.io": { namespace: "team", serviceaccount: { name: "robot" } },
    });
  });

  it("may bind the token to a pod, which it names with its node", () => {
    const cluster = door();
    const spec = { containers: [{ name: "c", image: "i" }], serviceAccountName: "robot", nodeName: "n1" };
    const pod = cluster.good({
      verb: "create",
      kind: Pod,
      object: object("v1", "Pod", { name: "p", namespace: "team" }, { spec }),
    });
    const boundObjectRef = { kind: "Pod", apiVersion: "v1", name: "p", uid: pod.metadata.uid };
    const token = cluster.tokenOf({ boundObjectRef });
    expect(claimsOf(token)["kubernetes.io"]).toMatchObject({
      pod: { name: "p", uid: pod.metadata.uid },
      node: { name: "n1" },
    });
    expect(cluster.whoami(bearer(token)).body.extra).toMatchObject({
      "authentication.kubernetes.io/pod-name": ["p"],
      "authentication.kubernetes.io/node-name": ["n1"],
    });
    // What a pod is given by default is good for a year, though it is to be renewed within the hour.
    const mounted = requestToken(cluster, { boundObjectRef, expirationSeconds: 3607 }).status as TokenStatus;
    const { exp, iat, "kubernetes.io": own } = claimsOf(mounted.token);
    expect([exp - iat, own.warnafter - iat]).toEqual([365 * 24 * 3600, 3607]);
    expect(Date.parse(mounted.expirationTimestamp) / 1000 - iat).toBe(3607);
    const others = claimsOf(cluster.tokenOf({ boundObjectRef, expirationSeconds: 3607, audiences: ["vault"] }));
    expect(others.exp - others.iat).toBe(3607);
    cluster.good({ verb: "delete", kind: Pod, namespace: "team", name: "p", options: { gracePeriodSeconds: 0 } });
    expect(cluster.whoami(bearer(token)).code).toBe(401);
  });

  it("is refused what upstream refuses", () => {
    const { bad } = door();
    expect(refusal(bad, { expirationSeconds: 60 })).toBe(
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
    );
    expect(refusal(bad, { expirationSeconds: 2 ** 33 })).toContain(
      "may not specify a duration larger than 2^32 seconds",
    );
    expect(refusal(bad, { boundObjectRef: { kind: "ConfigMap", apiVersion: "v1", name: "c" } })).toBe(
      "cannot bind token to object of type /v1, Kind=ConfigMap",
    );
    expect(refusal(bad, { boundObjectRef: { kind: "Secret", apiVersion: "v1", name: "s" } })).toBe(
      'secrets "s" not found',
    );
  });
});

describe("a bearer token", () => {
  it("of a service account makes its user, by name, uid and groups", () => {
    const cluster = door();
    const { code, body } = cluster.whoami(bearer(cluster.tokenOf()));
    expect(code).toBe(201);
    expect(body).toMatchObject({
      username: "system:serviceaccount:team:robot",
      uid: cluster.good({ verb: "get", kind: ServiceAccount, namespace: "team", name: "robot" }).metadata.uid,
      groups: ["system:serviceaccounts", "system:serviceaccounts:team", "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": [expect.stringMatching(/^JTI=[0-9a-f-]{36}$/)] },
    });
  });

  it("gives the rights its account is bound to", () => {
    const cluster = door();
    cluster.bind("robots", "view", [groupSubject("system:serviceaccounts:team")], "team");
    const headers = bearer(cluster.tokenOf());
    expect(cluster.get("/api/v1/namespaces/team/pods", headers).code).toBe(200);
    expect(cluster.get("/api/v1/namespaces/default/pods", headers).body.message).toBe(
      'pods is forbidden: User "system:serviceaccount:team:robot" cannot list resource "pods" in API group "" in the namespace "default"',
    );
  });

  it("nobody knows is answered 401, on every path", () => {
    const cluster = door();
    const good = cluster.tokenOf();
    const [head, , signature] = good.split(".");
    const other = Buffer.from(JSON.stringify({ ...claimsOf(good), sub: "x" })).toString("base64url");
    const strangers = ["nonsense", `${good}x`, `${head}.${other}.${signature}`, door().tokenOf(), "a.b.c"];
    for (const token of strangers) {
      expect(cluster.get("/version", bearer(token))).toMatchObject({
        code: 401,
        body: { kind: "Status", status: "Failure", message: "Unauthorized", reason: "Unauthorized", code: 401 },
      });
    }
  });

  it("is over when its time is, when its account goes, and with an account of the same name but made anew", () => {
    const cluster = door();
    const headers = bearer(cluster.tokenOf({ expirationSeconds: 600 }));
    const later = bearer(cluster.tokenOf());
    // A minute of leeway is given, as clocks may differ.
    advanceTo(cluster.loop, cluster.loop.nowMs() + 661_000);
    expect([cluster.whoami(headers).code, cluster.whoami(later).code]).toEqual([401, 201]);
    cluster.good({ verb: "delete", kind: ServiceAccount, namespace: "team", name: "robot" });
    expect(cluster.whoami(later).code).toBe(401);
    const anew = object("v1", "ServiceAccount", { name: "robot", namespace: "team" });
    cluster.good({ verb: "create", kind: ServiceAccount, object: anew });
    expect(cluster.whoami(later).code).toBe(401);
  });

  it("for others is none for the API server", () => {
    const cluster = door();
    const token = cluster.tokenOf({ audiences: ["vault"] });
    expect(cluster.whoami(bearer(token)).code).toBe(401);
    const review = (audiences: readonly string[]): unknown =>
      cluster.good({
        verb: "create",
        kind: TokenReview,
        object: object("authentication.k8s.io/v1", "TokenReview", {}, { spec: { token, audiences } }),
      }).status;
    expect(review(["vault", "other"])).toMatchObject({ authenticated: true, audiences: ["vault"] });
    expect(review(["other"])).toMatchObject({ error: expect.stringContaining("invalid bearer token") });
  });

  it("may be one that was known from the start", () => {
    const ci: User = { name: "ci", groups: ["builders"] };
    const cluster = door({ staticTokens: new Map([["s3cret", ci]]) });
    expect(cluster.whoami(bearer("s3cret")).body).toEqual({
      username: "ci",
      groups: ["builders", "system:authenticated"],
    });
  });

  it("of bootstrapping is described by a Secret, until its expiration", () => {
    const cluster = door();
    const data = (fields: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, Buffer.from(value).toString("base64")]));
    const write = (id: string, fields: Readonly<Record<string, string>>): void => {
      const more = { type: "bootstrap.kubernetes.io/token", data: data({ "token-id": id, ...fields }) };
      const metadata = { name: `bootstrap-token-${id}`, namespace: "kube-system" };
      cluster.good({ verb: "create", kind: Secret, object: object("v1", "Secret", metadata, more) });
    };
    const usable = { "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true" };
    write("aaaaaa", { ...usable, "auth-extra-groups": "system:bootstrappers:karmada,admins" });
    write("bbbbbb", { ...usable, expiration: "2029-12-31T23:59:59Z" });
    write("cccccc", { "token-secret": "0123456789abcdef" });
    expect(cluster.whoami(bearer("aaaaaa.0123456789abcdef")).body).toEqual({
      username: "system:bootstrap:aaaaaa",
      groups: ["system:bootstrappers", "system:bootstrappers:karmada", "system:authenticated"],
    });
    for (const token of ["aaaaaa.0123456789abcdee", "bbbbbb.0123456789abcdef", "cccccc.0123456789abcdef"])
      expect(cluster.whoami(bearer(token)).code).toBe(401);
  });
});

describe("a Secret for a service account's token", () => {
  const make = (cluster: Door, annotations: Readonly<Record<string, string>>): ReturnType<Door["ask"]> => {
    const metadata = { name: "robot-token", namespace: "team", annotations };
    const fields = { type: "kubernetes.io/service-account-token" };
    return cluster.ask({ verb: "create", kind: Secret, object: object("v1", "Secret", metadata, fields) });
  };
  const account = { "kubernetes.io/service-account.name": "robot" };

  it("is filled in, and its token is good for as long as both are there", () => {
    const cluster = door();
    const answer = make(cluster, account);
    const { data, metadata } = (answer.ok ? answer.object : {}) as Secret;
    const text = (key: string): string => Buffer.from(data?.[key] ?? "", "base64").toString();
    expect(text("namespace")).toBe("team");
    expect(metadata.annotations).toHaveProperty(["kubernetes.io/service-account.uid"]);
    const headers = bearer(text("token"));
    expect(cluster.whoami(headers).body.username).toBe("system:serviceaccount:team:robot");
    advanceTo(cluster.loop, cluster.loop.nowMs() + 1000 * HOUR_MS);
    expect(cluster.whoami(headers).code).toBe(201);
    cluster.good({ verb: "delete", kind: Secret, namespace: "team", name: "robot-token" });
    expect(cluster.whoami(headers).code).toBe(401);
  });

  it("must name its account", () => {
    expect(make(door(), {})).toMatchObject({ ok: false, status: { code: 422 } });
  });
});

describe("no credentials", () => {
  it("are those of system:anonymous", () => {
    const cluster = door();
    expect(cluster.get("/version").code).toBe(200);
    expect(cluster.get("/api/v1/pods").body).toMatchObject({
      code: 403,
      message:
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
    });
    expect(cluster.get("/apis").body.message).toBe('forbidden: User "system:anonymous" cannot get path "/apis"');
  });
});

describe("impersonation", () => {
  const ADMIN: User = { name: "root", groups: ["system:masters", "system:authenticated"] };

  it.each<[string, Headers, object]>([
    ["a user", { "impersonate-user": "bob" }, { username: "bob", groups: ["system:authenticated"] }],
    [
      "a user with groups, uid and extras",
      {
        "impersonate-user": "bob",
        "impersonate-group": ["dev", "ops"],
        "impersonate-uid": "7",
        "impersonate-extra-acme.com%2fproject": ["a", "b"],
      },
      {
        username: "bob",
        uid: "7",
        groups: ["dev", "ops", "system:authenticated"],
        extra: { "acme.com/project": ["a", "b"] },
      },
    ],
    [
      "a service account with its groups",
      { "impersonate-user": "system:serviceaccount:team:robot" },
      {
        username: "system:serviceaccount:team:robot",
        groups: ["system:serviceaccounts", "system:serviceaccounts:team", "system:authenticated"],
      },
    ],
  ])("is of %s", (_title, headers, user) => {
    expect(door().whoami(headers, ADMIN).body).toEqual(user);
  });

  it("of the anonymous makes nobody authenticated, who may then not even review themselves", () => {
    const { code, body } = door().whoami({ "impersonate-user": "system:anonymous" }, ADMIN);
    expect([code, body.message]).toEqual([
      403,
      'selfsubjectreviews.authentication.k8s.io is forbidden: User "system:anonymous" cannot create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope',
    ]);
  });

  it("is judged with the rights of the one who is stood in for", () => {
    const cluster = door();
    cluster.bind("bob", "view", [userSubject("bob")], "team");
    const asBob = { "impersonate-user": "bob" };
    expect(cluster.get("/api/v1/namespaces/team/pods", asBob, ADMIN).code).toBe(200);
    expect(cluster.get("/api/v1/namespaces/team/secrets", asBob, ADMIN).code).toBe(403);
  });

  const jane: User = { name: "jane", groups: ["system:authenticated"] };
  it.each<[Headers, string]>([
    [
      { "impersonate-user": "bob" },
      'users "bob" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
    ],
    [
      { "impersonate-user": "system:serviceaccount:team:robot" },
      'serviceaccounts "robot" is forbidden: User "jane" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "team"',
    ],
    [
      { "impersonate-user": "amy", "impersonate-group": "system:masters" },
      'groups "system:masters" is forbidden: User "jane" cannot impersonate resource "groups" in API group "" at the cluster scope',
    ],
    [
      { "impersonate-user": "amy", "impersonate-uid": "7" },
      'uids.authentication.k8s.io "7" is forbidden: User "jane" cannot impersonate resource "uids" in API group "authentication.k8s.io" at the cluster scope',
    ],
    [
      { "impersonate-user": "amy", "impersonate-extra-scopes": "all" },
      'userextras.authentication.k8s.io "all" is forbidden: User "jane" cannot impersonate resource "userextras/scopes" in API group "authentication.k8s.io" at the cluster scope',
    ],
  ])("needs the right to every part of it: %j", (headers, message) => {
    const cluster = door();
    cluster.role("amys", [{ verbs: ["impersonate"], apiGroups: [""], resources: ["users"], resourceNames: ["amy"] }]);
    cluster.bind("amys", "amys", [userSubject("jane")]);
    expect(cluster.whoami(headers, jane)).toMatchObject({ code: 403, body: { message } });
    expect(cluster.whoami({ "impersonate-user": "amy" }, jane).body.username).toBe("amy");
  });

  it("of groups needs a user", () => {
    const { code, body } = door().whoami({ "impersonate-group": "dev" }, ADMIN);
    expect([code, body.message]).toEqual([400, "requested [{Group  dev    }] without impersonating a user"]);
  });
});

describe("the issuer", () => {
  it("tells service accounts how its tokens are verified", () => {
    const cluster = door();
    const headers = bearer(cluster.tokenOf());
    expect(cluster.get("/.well-known/openid-configuration", headers).body).toMatchObject({
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/openid/v1/jwks`,
      id_token_signing_alg_values_supported: ["ES256"],
    });
    const { keys } = cluster.get("/openid/v1/jwks", headers).body;
    expect(keys).toEqual([expect.objectContaining({ kty: "EC", crv: "P-256", alg: "ES256", use: "sig" })]);
    expect(keys[0]).not.toHaveProperty("d");
    expect(cluster.get("/openid/v1/jwks").code).toBe(403);
  });
});
