export type { CertificateAuthority, KeyPairPem } from "./certificates.ts";
export { createCertificateAuthority } from "./certificates.ts";
export type { DnsListener } from "./dns/dns-listener.ts";
export { listenDns } from "./dns/dns-listener.ts";
export type { HttpHandler, HttpsListener } from "./https-listener.ts";
export { listenHttps } from "./https-listener.ts";
export type { KubeconfigContext } from "./kubeconfig.ts";
export { kubeconfigText } from "./kubeconfig.ts";
export { wallClock } from "./wall-clock.ts";
