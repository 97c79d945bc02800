import type { OutboundServer } from '../../src/domain/outbound-server.js';
import { Secret } from '../../src/domain/secret.js';

export function serviceNow(changes: Partial<OutboundServer> & Pick<OutboundServer, 'url'>): OutboundServer {
  return {
    name: 'servicenow',
    kind: 'servicenow',
    auth: { kind: 'basic', user: 'itsm', password: new Secret('itsm') },
    caPem: null,
    verifyTls: true,
    proxy: null,
    headers: {},
    timeoutMs: 5_000,
    table: 'change_request',
    ...changes,
  };
}
