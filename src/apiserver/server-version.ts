/** The version of Kubernetes a server says it is. */
export type ServerVersion = { readonly major: string; readonly minor: string; readonly gitVersion: string };
