import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.js';
import { inProcess } from './loaded-folder.js';

const FILE = 'processes/firewall-change-two-approvals.yaml';
const WORKFLOW = 'Firewall change (two approvals)';
const TEXT = readFileSync(join('config', FILE), 'utf8');

/** The shipped process of two approvals, with one edit. */
function edited(from: string, to: string) {
  const folder = mkdtempSync(join(tmpdir(), 'sco-approvals-'));
  cpSync('config', folder, { recursive: true });
  expect(TEXT).toContain(from);
  writeFileSync(join(folder, FILE), TEXT.replace(from, to));
  const { processes, faultyProcesses } = loadConfig(folder);
  return {
    process: processes.find(({ workflow }) => workflow === WORKFLOW),
    mistakes: faultyProcesses.flatMap(({ mistakes }) => mistakes),
  };
}

const SECOND = '    step: Security Approval\n';

describe('approvals of a process', () => {
  it('are read from the shipped example', () => {
    const { process, mistakes } = edited('', '');
    expect(mistakes).toEqual([]);
    expect(
      process?.approvals.map(({ name, covers, needed, roles }) => [name, covers, needed, roles]),
    ).toEqual([
      ['business', 'request', 'always', ['business']],
      ['security', 'requestAndDesign', 'always', ['security']],
    ]);
  });

  it.each([
    ['a name twice', 'name: security', 'name: business', 'two approvals have the name business'],
    [
      'a person without a field',
      '    field: Approve Access Request\n',
      '',
      'approval business by person needs field',
    ],
    ['an unknown role', 'roles: [security]', 'roles: [secops]', 'there is no role secops under approvers'],
    ['an unknown step', SECOND, '    step: Securty Approval\n', 'there is no step Securty Approval'],
    [
      'a design that is approved before it is made',
      'covers: request\n',
      'covers: requestAndDesign\n',
      'approval business covers the design, and its step Business Approval comes before the design',
    ],
    [
      'a step that nothing waits for',
      SECOND,
      '    step: Verification\n',
      'no phase approval stands in step Verification or after it',
    ],
    [
      'a risk without an approval',
      'covers: requestAndDesign',
      'covers: request',
      'approvalFrom medium needs an approval that covers risk',
    ],
    [
      'a push before the last approval',
      '  Verification: { phases: [verify, advance] }',
      '  Verification: { phases: [approval, verify, advance] }',
      'approval must come first',
    ],
    [
      'both forms',
      'window:\n',
      'approval: { step: Security Approval, field: Approve Access Request }\n\nwindow:\n',
      'write either approval or approvals',
    ],
    [
      'a poll of an approval in SecureChange',
      'covers: request\n',
      'covers: request\n    poll: { server: servicenow, field: approval, approved: [approved], approverField: u_by, questionField: u_question }\n',
      'poll needs by: itsm',
    ],
    [
      'a field of an approval in the ITSM',
      'covers: request\n',
      'covers: request\n    by: itsm\n',
      'is given in the ITSM and has no field',
    ],
  ])('refuse %s, with the line', (_what, from, to, message) => {
    const { process, mistakes } = edited(from, to);
    expect(process).toBeUndefined();
    expect(mistakes.map((mistake) => mistake.message).join('\n')).toContain(message);
    expect(mistakes.every(({ line }) => (line ?? 0) > 1)).toBe(true);
  });

  it('may come in any order with design and risk check', () => {
    const { process, mistakes } = edited(
      '  Business Approval: { phases: [approval] }',
      '  Business Approval: { phases: [approval, advance] }',
    );
    expect(mistakes).toEqual([]);
    expect(process?.steps['Business Approval']?.phases).toHaveLength(2);
    const early = edited(
      '{ phase: design, by: orchestrator }, riskCheck, advance',
      'riskCheck, { phase: design, by: orchestrator }, advance',
    );
    expect(early.mistakes).toEqual([]);
  });

  it('stand in the README as in the tested file', () => {
    const readme = readFileSync('config/README.md', 'utf8');
    const block = /```yaml\n# processes\/firewall-change-two-approvals.yaml\n([^`]*)```/.exec(readme)?.[1];
    expect(block).toBeDefined();
    for (const part of block!.split('\n\n')) expect(TEXT).toContain(part.trim());
  });
});

describe('a rejection that sends the ticket back', () => {
  const approval = (more: string): string[] =>
    inProcess(
      'approval: { step: Approval, field: Approve }',
      `approval: { step: Approval, field: Approve, ${more} }`,
    );

  it('names an earlier step', () => {
    expect(approval('onReject: redo, redoTo: Design')).toEqual([]);
    expect(approval('onReject: redo')).toEqual([expect.stringContaining('needs redoTo, an earlier step')]);
    expect(approval('onReject: redo, redoTo: Nowhere')).toEqual([
      expect.stringContaining('there is no step Nowhere under steps'),
    ]);
    expect(approval('onReject: redo, redoTo: Implementation')).toEqual([
      expect.stringContaining('step Implementation does not come before step Approval'),
    ]);
    expect(approval('redoTo: Design')).toEqual([expect.stringContaining('redoTo is for onReject: redo')]);
  });
});
