import { addressRule, checkedLookup } from '../../src/http/addresses.js';
import { createHttp } from '../../src/http/http.js';
import { failureOf } from '../support/failure-of.js';
import { startRecordedServer } from '../support/recorded-server.js';

describe('an address', () => {
  it.each(['169.254.169.254', '::ffff:169.254.169.254', 'fe80::1', 'fd00:ec2::254', '0.0.0.0', '::'])(
    '%s is never connected to, whatever is allowed',
    (address) => {
      expect(addressRule(null)(address)).toBe(false);
      expect(addressRule(['0.0.0.0/0', '::/0'])(address)).toBe(false);
    },
  );

  it('is connected to when it is in one of the ranges, and any other one without ranges', () => {
    const isAllowed = addressRule(['10.20.0.0/16', '2001:db8::/32']);
    expect(['10.20.3.4', '::ffff:10.20.3.4', '2001:db8::7'].map(isAllowed)).toEqual([true, true, true]);
    expect(['10.21.0.1', '127.0.0.1', '2001:db9::7'].map(isAllowed)).toEqual([false, false, false]);
    expect(['10.21.0.1', '127.0.0.1', '203.0.113.9'].map(addressRule(null))).toEqual([true, true, true]);
  });
});

describe('a call', () => {
  const call = async (baseUrl: string, allowedAddresses: readonly string[] | null) => {
    const http = createHttp({ name: 'itsm/a', baseUrl, auth: { kind: 'none' }, allowedAddresses });
    try {
      return await http.read({ path: '/', operation: 'read' });
    } finally {
      await http.close();
    }
  };

  it('reaches the server at an allowed address, and nothing at another, by address and by name', async () => {
    const server = await startRecordedServer(() => ({ body: {} }));
    const named = server.url.replace('127.0.0.1', 'localhost');
    expect((await call(server.url, ['127.0.0.0/8'])).status).toBe(200);
    expect((await call(named, ['127.0.0.0/8', '::1/128'])).status).toBe(200);
    for (const url of [server.url, named]) {
      const failure = await failureOf(call(url, ['10.0.0.0/8']));
      expect(failure).toMatchObject({ kind: 'rejected', code: 'http.address' });
      expect(failure.message).toContain('allowedAddresses');
    }
    expect(server.received).toHaveLength(2);
    await server.close();
  });

  it('never reaches what a cloud answers on the link', async () => {
    const failure = await failureOf(call('http://169.254.169.254', null));
    expect(failure).toMatchObject({ kind: 'rejected', code: 'http.address' });
  });

  it('asks for an address again at each look-up, and needs all of them to be allowed', async () => {
    const found = (rule: readonly string[]) =>
      new Promise((resolve) => {
        checkedLookup(addressRule(rule))('localhost', { all: true }, (error) => resolve(error === null));
      });
    expect(await found(['127.0.0.0/8', '::1/128'])).toBe(true);
    expect(await found(['10.0.0.0/8'])).toBe(false);
  });
});
