import { aclPlugin } from "../plugins/acl.ts";
import { autoPlugin } from "../plugins/auto.ts";
import { autopathPlugin } from "../plugins/autopath.ts";
import { cachePlugin } from "../plugins/cache.ts";
import { dns64Plugin } from "../plugins/dns64.ts";
import { bufsizePlugin, nsidPlugin } from "../plugins/edns.ts";
import { healthPlugin, readyPlugin, reloadPlugin } from "../plugins/endpoints.ts";
import { errorsPlugin } from "../plugins/errors.ts";
import { filePlugin } from "../plugins/file.ts";
import { forwardPlugin } from "../plugins/forward.ts";
import { headerPlugin } from "../plugins/header.ts";
import { hostsPlugin } from "../plugins/hosts.ts";
import { k8sExternalPlugin } from "../plugins/k8s-external.ts";
import { kubernetesPlugin } from "../plugins/kubernetes.ts";
import { lighthousePlugin } from "../plugins/lighthouse.ts";
import { loadbalancePlugin } from "../plugins/loadbalance.ts";
import { logPlugin } from "../plugins/log.ts";
import { loopPlugin } from "../plugins/loop.ts";
import { metadataPlugin } from "../plugins/metadata.ts";
import { multiclusterPlugin } from "../plugins/multicluster.ts";
import { multisocketPlugin, rootPlugin, shedPlugin, timeoutsPlugin } from "../plugins/process-settings.ts";
import { prometheusPlugin } from "../plugins/prometheus.ts";
import { rewritePlugin } from "../plugins/rewrite.ts";
import { bindPlugin, cancelPlugin, debugPlugin, dnstapPlugin, pprofPlugin } from "../plugins/silent-settings.ts";
import { anyPlugin, chaosPlugin, localPlugin, minimalPlugin, whoamiPlugin } from "../plugins/small-answers.ts";
import { templatePlugin } from "../plugins/template.ts";
import { transferPlugin } from "../plugins/transfer.ts";
import type { PluginPart, PluginSetup } from "./plugin.ts";

/** Directives that change nothing a client of this server could see. */
const UNSEEN = (): PluginPart => ({});

/** What each directive does; one that is compiled in but not here is refused with a plain word. */
export const PLUGINS: Readonly<Record<string, PluginSetup>> = {
  acl: aclPlugin,
  any: anyPlugin,
  auto: autoPlugin,
  autopath: autopathPlugin,
  bind: bindPlugin,
  bufsize: bufsizePlugin,
  cache: cachePlugin,
  cancel: cancelPlugin,
  chaos: chaosPlugin,
  debug: debugPlugin,
  dns64: dns64Plugin,
  dnstap: dnstapPlugin,
  errors: errorsPlugin,
  file: filePlugin,
  forward: forwardPlugin,
  header: headerPlugin,
  health: healthPlugin,
  hosts: hostsPlugin,
  k8s_external: k8sExternalPlugin,
  kubernetes: kubernetesPlugin,
  lighthouse: lighthousePlugin,
  loadbalance: loadbalancePlugin,
  local: localPlugin,
  log: logPlugin,
  loop: loopPlugin,
  metadata: metadataPlugin,
  minimal: minimalPlugin,
  multicluster: multiclusterPlugin,
  multisocket: multisocketPlugin,
  nsid: nsidPlugin,
  on: UNSEEN,
  pprof: pprofPlugin,
  prometheus: prometheusPlugin,
  ready: readyPlugin,
  reload: reloadPlugin,
  rewrite: rewritePlugin,
  root: rootPlugin,
  shed: shedPlugin,
  template: templatePlugin,
  timeouts: timeoutsPlugin,
  trace: UNSEEN,
  transfer: transferPlugin,
  whoami: whoamiPlugin,
};
