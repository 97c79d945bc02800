import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, mistakesOf } from './loaded-folder.js';

describe('scripts and servers', () => {
  it.each([
    ['scripts.yaml', 'scripts: [{ name: a, executable: x.sh }]', 'executable and sha256 go together'],
    ['scripts.yaml', 'scripts: [{ name: a, onFailure: accept }]', 'onFailure is for questions'],
    [
      'scripts.yaml',
      'scripts: [{ name: a, kind: validation }]',
      'a script of kind validation needs an executable',
    ],
    [
      'scripts.yaml',
      'scripts: [{ name: a, kind: riskAnalysis, onFailure: accept }]',
      'accept is no answer to riskAnalysis; use risk or fail',
    ],
    ['scripts.yaml', 'scripts: [{ name: a, kind: condition, events: [CLOSE] }]', 'events is for kind event'],
    ['scripts.yaml', 'scripts: [{ name: a, kind: condition, runs: always }]', 'runs is for kind event'],
    [
      'scripts.yaml',
      'scripts: [{ name: a, interpreter: python }]',
      'no interpreter has the name python; interpreters: none',
    ],
    [
      'scripts.yaml',
      "scripts: [{ name: a, arguments: [{ name: b, pattern: '(' }] }]",
      'is not a regular expression',
    ],
    [
      'scripts.yaml',
      'scripts: [{ name: a, arguments: [{ name: b, many: true }, { name: c }] }]',
      'argument b has many: true, and others follow it',
    ],
    [
      'scripts.yaml',
      'scripts: [{ name: a, arguments: [{ name: b, optional: true }, { name: c }] }]',
      'argument b is optional, and the one after it is not',
    ],
    [
      'scripts.yaml',
      'scripts: [{ name: a }, { name: b, legacyPaths: [a] }]',
      'a already names another script',
    ],
    [
      'servers.yaml',
      'servers: { itsm: { kind: servicenow, auth: { kind: none } } }',
      'needs either url or urlEnv',
    ],
    [
      'servers.yaml',
      'servers: { itsm: { kind: servicenow, url: https://a, auth: { kind: basic, user: u, password: p } } }',
      'password: unknown key',
    ],
    [
      'servers.yaml',
      'servers: { itsm: { kind: http, url: https://a, auth: { kind: none } } }',
      'server itsm has no description of its records, so it takes calls only',
    ],
    [
      'servers.yaml',
      'servers: { itsm: { kind: http, url: https://a, auth: { kind: none }, record: integrations/gone.yaml } }',
      'the description integrations/gone.yaml does not exist',
    ],
    [
      'servers.yaml',
      'servers: { itsm: { kind: servicenow, url: https://a, auth: { kind: tokenScript, script: vault } } }',
      'config/scripts.yaml has no script vault of kind token',
    ],
    ['scripts.yaml', 'scripts: [{ name: a, kind: token }]', 'a script of kind token needs an executable'],
    ['scripts.yaml', 'scripts: [{ name: a, kind: token, events: [CLOSE] }]', 'events is for kind event'],
    [
      'scripts.yaml',
      'scripts: [{ name: a, kind: token, onFailure: fail }]',
      'without a token the messages of its server wait',
    ],
    [
      'people.yaml',
      'people: [{ login: a, roles: [viewer] }, { login: a, roles: [viewer] }]',
      'a is there twice',
    ],
    [
      'people.yaml',
      'people: [{ login: a, roles: [viewer], credentials: [{ kind: bearer }] }]',
      'needs exactly one of',
    ],
  ])('refuse in %s: %s', (file, text, message) => {
    expect(mistakesOf({ [file]: text }).join('\n')).toContain(message);
  });

  it('name mistakes in a description of records at their line', () => {
    const servers =
      'servers: { itsm: { kind: http, url: https://a, auth: { kind: none }, record: integrations/x.yaml } }';
    const record = readFileSync(join(__dirname, '../../config/integrations/jira/record.yaml'), 'utf8');
    const wrong = record
      .replace('id: /id', 'id: id')
      .replace('/issue/#itsm_id#/comment', '/issue/#ticket_id#/comment');
    const mistakes = mistakesOf({ 'servers.yaml': servers, 'integrations/x.yaml': wrong }).join('\n');
    expect(mistakes).toMatch(/integrations\/x\.yaml:3:\d+.*must be a JSON Pointer/);
    expect(mistakes).toMatch(/may contain #correlation_id#, #itsm_id#, #itsm_number# only/);
  });

  it('take a token script that is registered as such', () => {
    const { servers } = load({
      'scripts.yaml': `scripts: [{ name: vault, kind: token, executable: bin/x.sh, sha256: '${'0'.repeat(64)}' }]`,
      'servers.yaml':
        'servers: { itsm: { kind: servicenow, url: https://a, auth: { kind: tokenScript, script: vault } } }',
    });
    expect(servers[0]?.file.auth).toEqual({ kind: 'tokenScript', script: 'vault' });
  });

  it('take paths of executables from the configuration folder', () => {
    const text = `scripts: [{ name: a, executable: bin/x.sh, sha256: '${'0'.repeat(64)}' }]`;
    const { scripts } = load({ 'scripts.yaml': text });
    expect(scripts[0]).toMatchObject({
      runs: 'driven',
      interpreter: null,
      arguments: null,
      concurrency: null,
    });
    expect(scripts[0]).toMatchObject({ retry: { attempts: 1 } });
    expect(scripts[0]?.executable).toMatch(/^\/.*\/bin\/x\.sh$/);
  });
});
