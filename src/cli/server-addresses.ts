import { lookup } from 'node:dns/promises';
import { isAllowedHost } from '../config/allowed-hosts.js';
import type { ConfiguredServer } from '../config/operator-config.js';
import { addressRule } from '../http/addresses.js';

/** What `sco config check --live` says of the addresses of a server. */
export interface CheckedAddress {
  readonly state: 'problem' | 'note';
  readonly text: string;
}

/**
 * Looks up the names of a server and of its token endpoint as this machine sees them, and compares them with `allowedHosts` and
 * `allowedAddresses`. Connects to none of them. `variable`: what a variable of the environment stands for.
 */
export async function checkAddresses(
  { name, file, allowedHosts, allowedAddresses }: ConfiguredServer,
  variable: (name: string) => string | undefined,
): Promise<readonly CheckedAddress[]> {
  const url = file.url ?? variable(file.urlEnv ?? '');
  const tokenUrl = 'tokenUrl' in file.auth ? file.auth.tokenUrl : undefined;
  const checked: CheckedAddress[] = [];
  const add = (state: CheckedAddress['state'], text: string): void =>
    void checked.push({ state, text: `server ${name}: ${text}` });
  if (url === undefined)
    add('note', `${file.urlEnv ?? 'url'} is not set here, so its address was not checked`);
  for (const address of [url, tokenUrl]) {
    if (address === undefined) continue;
    if (!URL.canParse(address)) {
      add('problem', `${file.urlEnv ?? 'url'} is not an address like https://host; correct it`);
      continue;
    }
    const host = new URL(address).hostname.replace(/^\[|\]$/g, '');
    if (!isAllowedHost(host, allowedHosts)) {
      add('problem', `${host} is not among allowedHosts; correct the address, or add the host`);
      continue;
    }
    // A proxy looks the name up itself.
    const asked = file.proxy === undefined ? host : new URL(file.proxy).hostname;
    const found = await addressesOf(asked);
    if (found === null) {
      add(
        'problem',
        `the name ${asked} has no address; correct it in servers.yaml, or ask for the name server`,
      );
      continue;
    }
    const isAllowed = addressRule(file.proxy === undefined ? allowedAddresses : null);
    const forbidden = found.filter((one) => !isAllowed(one));
    if (forbidden.length > 0)
      add(
        'problem',
        `${asked} has the address ${forbidden.join(', ')}, which is not among allowedAddresses, or is a link-local one`,
      );
  }
  return checked;
}

async function addressesOf(host: string): Promise<readonly string[] | null> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return null;
  }
}
