import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.js';

const FILE = 'processes/emergency-change.yaml';
const TEXT = readFileSync(join('config', FILE), 'utf8');

/** The shipped emergency process, with one edit. */
function edited(from: string, to: string) {
  const folder = mkdtempSync(join(tmpdir(), 'sco-emergency-'));
  cpSync('config', folder, { recursive: true });
  expect(TEXT).toContain(from);
  writeFileSync(join(folder, FILE), TEXT.replace(from, to));
  const { processes, faultyProcesses } = loadConfig(folder);
  return {
    process: processes.find(({ name }) => name === 'emergency-change'),
    mistakes: faultyProcesses.flatMap(({ mistakes }) => mistakes.map(({ message }) => message)),
  };
}

const SECTION = TEXT.slice(TEXT.indexOf('emergency:\n'), TEXT.indexOf('window:\n'));

describe('an emergency process', () => {
  it('is read from the shipped example: no window but the override, and what is owed afterwards', () => {
    const { process, mistakes } = edited('', '');
    expect(mistakes).toEqual([]);
    expect(process?.approvals).toEqual([]);
    expect(process?.window).toMatchObject({ onlyOverride: true, overrideRoles: ['operator', 'approver'] });
    expect(process?.emergency).toEqual({
      approval: {
        server: 'servicenow',
        field: 'approval',
        approvedValues: ['approved'],
        rejectedValues: ['rejected'],
      },
      dueInMs: 3 * 24 * 3_600_000,
    });
  });

  it.each([
    ['the section without the kind', 'kind: emergency\n', '', 'the section emergency needs kind: emergency'],
    ['the kind without the section', SECTION, '', 'kind: emergency needs the section emergency'],
    [
      'no person who may let it go ahead',
      '  override: { roles: [operator, approver] }\n',
      '',
      'kind: emergency needs window.override',
    ],
    [
      'an approval before the push',
      'risk:\n',
      'approval: { step: Design and Risk, field: Approve }\nrisk:\n',
      'kind: emergency has no approval before the push',
    ],
    [
      'saves before two persons agreed',
      'risk:\n',
      'saveUpdates: early\nrisk:\n',
      'kind: emergency saves nothing',
    ],
    [
      'a phase approval',
      'riskCheck, advance]',
      'riskCheck, approval, advance]',
      'kind: emergency has no phase approval',
    ],
    [
      'a push by SecureChange itself',
      '{ phase: commit, by: orchestrator }',
      '{ phase: commit, by: securechange }',
      'commit by securechange cannot wait for two persons',
    ],
    [
      'an unknown server',
      'server: servicenow\n    field',
      'server: jira2\n    field',
      'there is no server jira2',
    ],
  ])('is refused with %s', (_, from, to, message) => {
    const { process, mistakes } = edited(from, to);
    expect(process).toBeUndefined();
    expect(mistakes.join('\n')).toContain(message);
  });
});

it.each([
  ['conflicts: { policy: wait }', { policy: 'wait', on: 'rule' }],
  ['conflicts: { policy: warn, on: device }', { policy: 'warn', on: 'device' }],
  ['conflicts: { policy: ignore }', undefined],
])('%s of a process is read', (line, conflicts) => {
  const { process, mistakes } = edited('risk:\n', `${line}\nrisk:\n`);
  expect(mistakes).toEqual([]);
  expect(process?.conflicts).toEqual(conflicts);
});
