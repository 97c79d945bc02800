import { createHash } from 'node:crypto';
import { loadConfig } from '../../src/config/load-config.js';
import { loadPeople } from '../../src/config/load-people.js';
import { writeFolder } from './config-folder.js';
import { gatewayCredentials } from '../../src/config/gateway-credentials.js';
import type { ConfiguredPerson } from '../../src/config/operator-config.js';
import { createScriptReferences } from '../../src/config/script-references.js';
import { createReferences } from '../../src/config/secret-reference.js';
import { createCallers } from '../../src/gateway/callers.js';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

function person(changes: Partial<ConfiguredPerson>): ConfiguredPerson {
  return {
    login: 'o.brandt',
    name: 'O. Brandt',
    roles: ['operator'],
    credentials: [],
    signing: [],
    ...changes,
  };
}

describe('credentials', () => {
  it('reach the gateway, however they are referred to', () => {
    const people = [
      person({ credentials: [{ kind: 'bearer', sha256Env: 'TOKEN_SHA256' }] }),
      person({ login: 'plain', credentials: [{ kind: 'bearer', sha256: hash('second') }] }),
      person({
        login: 'mediator',
        roles: ['mediator'],
        credentials: [
          { kind: 'basic', secretEnv: 'OLD' },
          { kind: 'basic', secretEnv: 'NEW' },
        ],
        signing: [{ secretEnv: 'SIGN' }],
      }),
    ];
    const env = { TOKEN_SHA256: hash('first'), OLD: 'old', NEW: 'new', SIGN: 'sign' };
    const { credentials, signing, notices } = gatewayCredentials(
      { people, serviceAccounts: [], startAlone: [], approvers: {}, pushRights: [] },
      createReferences('.', env),
    );
    const callers = createCallers(credentials, signing);
    expect(notices).toEqual([]);
    expect(callers.bearer('first')).toEqual({ login: 'o.brandt', roles: ['operator'] });
    expect(callers.bearer('second')?.login).toBe('plain');
    expect(callers.basic('mediator', 'old')?.login).toBe('mediator');
    expect(callers.basic('mediator', 'new')?.login).toBe('mediator');
    expect(callers.basic('o.brandt', 'new')).toBeUndefined();
    expect(callers.signingSecrets('mediator')).toEqual(['sign']);
  });

  it('that are not set admit no caller, and are named', () => {
    const people = [
      person({ credentials: [{ kind: 'bearer', sha256Env: 'TOKEN_SHA256' }] }),
      person({ login: 'm', credentials: [{ kind: 'basic', secretEnv: 'EMPTY' }] }),
      person({ login: 'bad', credentials: [{ kind: 'bearer', sha256Env: 'NO_HASH' }] }),
    ];
    const references = createReferences('.', { EMPTY: '', NO_HASH: 'the token itself' });
    const { credentials, notices } = gatewayCredentials(
      { people, serviceAccounts: [], startAlone: [], approvers: {}, pushRights: [] },
      references,
    );
    expect(credentials).toEqual([]);
    expect(notices).toEqual([
      'o.brandt has no credential of kind bearer: TOKEN_SHA256 is not set',
      'm has no credential of kind basic: EMPTY is not set',
      'bad has no credential of kind bearer: NO_HASH is not 64 lower-case hex digits',
    ]);
  });

  it('replace a signing secret that cannot be found with an unknown one', () => {
    const people = [person({ signing: [{ secretEnv: 'LOST' }] })];
    const { signing, notices } = gatewayCredentials(
      { people, serviceAccounts: [], startAlone: [], approvers: {}, pushRights: [] },
      createReferences('.', {}),
    );
    expect(signing['o.brandt']).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(notices).toEqual(['o.brandt signs with LOST, which is not set']);
  });
});

describe('what scripts may refer to', () => {
  const env = {
    SECURECHANGE_URL: 'https://sc',
    SECURECHANGE_USER: 'wf-api',
    SECURECHANGE_PASSWORD: 'secret',
    OWN_TOKEN: 'token',
  };
  const references = createScriptReferences(createReferences('.', env));

  it('as a setting is no secret', () => {
    expect(references.setting('SECURECHANGE_URL')).toBe('https://sc');
    expect(references.setting('SECURECHANGE_PASSWORD')).toBeUndefined();
    expect(references.setting('OWN_TOKEN')).toBeUndefined();
    expect(references.setting('SCO_CONFIG_DIR')).toBe('./config');
  });

  it('as a secret includes the credential of SecureChange as one', () => {
    expect(references.secret('SECURECHANGE_CREDENTIAL')).toBe('wf-api:secret');
    expect(references.secret('OWN_TOKEN')).toBe('token');
    expect(references.secret('NOT_THERE')).toBeUndefined();
  });
});

describe('startAlone', () => {
  const people = 'people:\n  - { login: olga, roles: [operator] }\n  - { login: vera, roles: [viewer] }\n';

  it('names people who are operators', () => {
    const rule = (logins: string): string =>
      `${people}startAlone:\n  - { name: night, logins: [${logins}] }\n`;
    expect(loadPeople(rule('Olga'))).toMatchObject({
      mistakes: [],
      startAlone: [{ name: 'night', logins: ['Olga'], calendar: null }],
    });
    const said = loadPeople(rule('vera, max')).mistakes.map(({ line, message }) => `${line}: ${message}`);
    expect(said).toEqual(['5: vera is no operator, and only operators start', '5: max is not among people']);
  });

  it('names a calendar that is there, and warns without one', () => {
    const withRule = (rule: string): string =>
      writeFolder({ 'people.yaml': `${people}startAlone:\n  - { name: night, logins: [olga]${rule} }\n` });
    expect(() => loadConfig(withRule(', calendar: nights'))).toThrow('there is no calendar nights');
    expect(loadConfig(withRule('')).warnings).toEqual([
      'startAlone night: it has no calendar, so it holds at any time',
    ]);
  });
});
