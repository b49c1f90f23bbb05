import type { Service } from "../../api/index.ts";

/** The variables that tell containers of Services (`pkg/kubelet/envvars.FromServices`): Docker links and their kin. */
export function serviceVariables(services: readonly Service[]): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const service of services) {
    const address = service.spec.clusterIP;
    const first = service.spec.ports?.[0];
    if (address === undefined || address === "" || address === "None" || first === undefined) continue;
    const name = variableName(service.metadata.name);
    variables.set(`${name}_SERVICE_HOST`, address);
    variables.set(`${name}_SERVICE_PORT`, String(first.port));
    for (const port of service.spec.ports ?? [])
      if (port.name !== undefined && port.name !== "")
        variables.set(`${name}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
    addLinks(variables, name, address, service);
  }
  return variables;
}

function addLinks(variables: Map<string, string>, name: string, address: string, service: Service): void {
  (service.spec.ports ?? []).forEach(({ port, protocol = "TCP" }, index) => {
    const host = address.includes(":") ? `[${address}]` : address;
    const url = `${protocol.toLowerCase()}://${host}:${port}`;
    const prefix = `${name}_PORT_${port}_${protocol}`;
    if (index === 0) variables.set(`${name}_PORT`, url);
    variables.set(prefix, url);
    variables.set(`${prefix}_PROTO`, protocol.toLowerCase());
    variables.set(`${prefix}_PORT`, String(port));
    variables.set(`${prefix}_ADDR`, address);
  });
}

function variableName(name: string): string {
  return name.replaceAll("-", "_").toUpperCase();
}
