const DOMAIN = /^(?:internal-)?[a-z0-9]+-(\d+)\.(?:elb\.)?[a-z0-9-]+\.(?:elb\.)?amazonaws\.com$/;
const REGION = "us-east-1";

/** The name Amazon gives a load balancer instead of an address. The number in it stands for the address, so that the name resolves. */
export function balancerHostname(
  name: string,
  at: { readonly address: string; readonly internal: boolean; readonly network: boolean },
): string {
  const number = at.address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const domain = at.network ? `elb.${REGION}.amazonaws.com` : `${REGION}.elb.amazonaws.com`;
  return `${at.internal ? "internal-" : ""}${name}-${number}.${domain}`;
}

/** The address such a name stands for; `undefined` for other names. */
export function addressOfBalancerHostname(hostname: string): string | undefined {
  const number = Number(DOMAIN.exec(hostname.toLowerCase().replace(/\.$/, ""))?.[1] ?? Number.NaN);
  if (!Number.isInteger(number) || number >= 2 ** 32) return undefined;
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
