/**
 * Replaces `$(NAME)` by what `valueOf` knows; `$$` stands for a dollar sign and an unknown name is left as it is
 * (`k8s.io/kubernetes/third_party/forked/golang/expansion`).
 */
export function expandVariables(text: string, valueOf: (name: string) => string | undefined): string {
  if (!text.includes("$")) return text;
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return "$";
    return valueOf(name) ?? whole;
  });
}
