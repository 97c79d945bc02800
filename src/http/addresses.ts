/** Which addresses may be connected to, checked on what a name stands for at that moment. */
import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Of no system that is meant: the link of this machine, where clouds answer with its credentials, and "any". */
const NEVER = ['169.254.0.0/16', 'fe80::/10', 'fd00:ec2::/32', '100.100.100.200/32', '0.0.0.0/8', '::/128'];

/** Refused before anything was sent. */
export class ForbiddenAddress extends Error {
  readonly code = 'SCO_FORBIDDEN_ADDRESS';

  constructor() {
    super('an address that must not be connected to');
    this.name = 'ForbiddenAddress';
  }
}

/** `allowed`: ranges such as 10.0.0.0/8; null: every address but those of no system that is meant. */
export function addressRule(allowed: readonly string[] | null): (address: string) => boolean {
  const never = listOf(NEVER);
  const only = allowed === null ? null : listOf(allowed);
  return (address) => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    return !never.check(address, family) && (only === null || only.check(address, family));
  };
}

/** As `dns.lookup`; fails where one of the addresses of the name is forbidden, so that no other try reaches it. */
export function checkedLookup(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) {
        done(error, '', 0);
        return;
      }
      if (!found.every(({ address }) => isAllowed(address))) {
        done(new ForbiddenAddress(), '', 0);
        return;
      }
      if (options.all === true) {
        done(null, found);
        return;
      }
      const [first] = found;
      done(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits = ''] = range.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
