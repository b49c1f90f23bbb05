import { everywhere, once, type Row, refused } from "./row.ts";

/** A Deployment as a user keeps it in a file. */
function app(options: { readonly replicas?: number; readonly image?: string; readonly env?: boolean } = {}): string {
  const { replicas = 1, image = "nginx:1.25", env = true } = options;
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: app, labels: {tier: front}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      containers:
      - name: main
        image: ${image}
${env ? '        env: [{name: A, value: "1"}]\n' : ""}`;
}

const misspelt = app().replace("replicas: 1", "replicaz: 1").replace("name: app,", "name: bad,");
const mismatched = app().replace("labels: {app: app}", "labels: {app: other}");

/** Everything that writes, in the order of a Deployment's life. */
export const changing: readonly Row[] = [
  once("create -f -", "deployment.apps/app created", { input: app() }),
  refused(
    "create -f -",
    'Error from server (AlreadyExists): error when creating "STDIN": deployments.apps "app" already exists',
    { input: app() },
  ),
  once("delete -f -", /^deployment.apps "app" deleted/, { input: app() }),
  everywhere("apply -f -", "deployment.apps/app created", { input: app() }),
  everywhere("apply -f -", "deployment.apps/app unchanged", { input: app() }),
  everywhere("apply -f -", "deployment.apps/app configured", { input: app({ replicas: 2 }) }),
  everywhere("apply -f -", "deployment.apps/app configured", { input: app({ replicas: 2, env: false }) }),
  everywhere("get deploy app -o 'jsonpath={.spec.template.spec.containers[0].env}'", ""),
  once("apply -f - --dry-run=server", "deployment.apps/app configured (server dry run)", {
    input: app({ replicas: 3 }),
  }),
  once("apply -f - --dry-run=client", "deployment.apps/app configured (dry run)", { input: app({ replicas: 3 }) }),
  once("diff -f -", /\n- replicas: 2\n\+ replicas: 3\n/, { input: app({ replicas: 3 }), code: 1 }),
  once("diff -f -", "", { input: app({ replicas: 2, env: false }) }),
  once("apply --server-side -f -", "deployment.apps/app serverside-applied", { input: app({ replicas: 3 }) }),
  once("diff --server-side -f -", /\n- replicas: 3\n\+ replicas: 4\n/, { input: app({ replicas: 4 }), code: 1 }),
  everywhere(
    "apply --server-side --field-manager=other --force-conflicts -f -",
    "deployment.apps/app serverside-applied",
    {
      input: app({ replicas: 3 }),
    },
  ),
  everywhere("apply --server-side --field-manager=third -f -", "", {
    input: app({ replicas: 5 }),
    code: 1,
    err: /^error: Apply failed with \d conflicts?: conflicts? with /,
  }),
  everywhere(
    "apply --server-side --field-manager=third --force-conflicts -f -",
    "deployment.apps/app serverside-applied",
    {
      input: app({ replicas: 3 }),
    },
  ),
  everywhere("apply -f -", "", {
    input: misspelt,
    code: 1,
    err: 'Error from server (BadRequest): error when creating "STDIN": Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replicaz"',
  }),
  once("apply --validate=warn -f -", "deployment.apps/bad created", {
    input: misspelt,
    err: 'Warning: unknown field "spec.replicaz"',
  }),
  once("delete deployment bad", /^deployment.apps "bad" deleted/),
  refused(
    "apply -f -",
    /The Deployment "app" is invalid: spec\.template\.metadata\.labels: Invalid value: \{"app":"other"\}: `selector` does not match template `labels`/,
    { input: mismatched },
  ),
  refused("apply -f -", /no matches for kind "Nothing" in version "nobody.example\/v1"/, {
    input: "apiVersion: nobody.example/v1\nkind: Nothing\nmetadata: {name: x}\n",
  }),
  everywhere("replace -f -", "deployment.apps/app replaced", { input: app({ replicas: 2, image: "nginx:1.26" }) }),
  everywhere(`patch deployment app -p '{"spec":{"replicas":1}}'`, "deployment.apps/app patched"),
  everywhere(
    `patch deployment app --type=merge -p '{"metadata":{"annotations":{"a":"b"}}}'`,
    "deployment.apps/app patched",
  ),
  everywhere(
    `patch deployment app --type=json -p '[{"op":"replace","path":"/spec/replicas","value":2}]'`,
    "deployment.apps/app patched",
  ),
  once(`patch deployment app -p '{"spec":{"replicas":2}}'`, "deployment.apps/app patched (no change)"),
  once(
    `patch deployment app --subresource=status --type=merge -p '{"status":{"collisionCount":1}}'`,
    "deployment.apps/app patched",
  ),
  refused(
    `patch deployment app --type=json -p '[{"op":"test","path":"/spec/replicas","value":9}]'`,
    /the server rejected our request due to an error in our request|testing value \/spec\/replicas failed/,
  ),
  everywhere("edit deployment app", "deployment.apps/app edited", { env: { KUBE_EDITOR: "sed -i s/1.26/1.27/" } }),
  once("edit deployment app", "", { env: { KUBE_EDITOR: "true" }, err: "Edit cancelled, no changes made." }),
  everywhere("label deployment app x=y", "deployment.apps/app labeled"),
  refused("label deployment app x=z", "error: 'x' already has a value (y), and --overwrite is false"),
  once("label deployment app x=z --overwrite", "deployment.apps/app labeled"),
  once("label deployment app x-", "deployment.apps/app unlabeled"),
  everywhere("annotate deployment app note=hello", "deployment.apps/app annotated", { since: 28 }),
  everywhere("scale deployment app --replicas=3", "deployment.apps/app scaled"),
  refused("scale deployment app --current-replicas=7 --replicas=3", "error: Expected replicas to be 7, was 3"),
  everywhere(
    "autoscale deployment app --min=3 --max=4 --cpu-percent=80",
    "horizontalpodautoscaler.autoscaling/app autoscaled",
  ),
  once(
    "get hpa app",
    /^NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE\napp Deployment\/app cpu: \S+\/80% 3 4 \d <age>$/,
  ),
  once("delete hpa app", /^horizontalpodautoscaler.autoscaling "app" deleted/),
  everywhere("rollout status deployment app --timeout=30s", /deployment "app" successfully rolled out$/),
  once("rollout history deployment app", /^deployment.apps\/app\nREVISION CHANGE-CAUSE\n(\d+ <none>\n?)+$/),
  everywhere("rollout undo deployment app", "deployment.apps/app rolled back"),
  once("rollout restart deployment app", "deployment.apps/app restarted"),
  once("rollout pause deployment app", "deployment.apps/app paused"),
  refused("rollout pause deployment app", 'error: deployments.apps "app" is already paused'),
  once("rollout resume deployment app", "deployment.apps/app resumed"),
  everywhere("set image deployment/app main=nginx:1.28", "deployment.apps/app image updated"),
  once("set env deployment/app B=2", "deployment.apps/app env updated"),
  once("set env deployment/app --list", "# Deployment app, container main\nA=1\nB=2"),
  once(
    "set resources deployment/app -c=main --limits=cpu=200m,memory=128Mi --requests=cpu=100m,memory=64Mi",
    "deployment.apps/app resource requirements updated",
  ),
  once("set serviceaccount deployment/app robot", "deployment.apps/app serviceaccount updated"),
  once("set selector service/front app=app", "service/front selector updated"),
  once("rollout status deployment app --timeout=30s", /deployment "app" successfully rolled out$/),
];
