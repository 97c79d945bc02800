import { PROCESS } from './config-folder.js';
import { inProcess, load, mistakesOf } from './loaded-folder.js';

describe('a faulty process file', () => {
  const lab = PROCESS.replace('name: web', 'name: lab').replace('Web change', 'Lab change');

  it.each([
    ['a value that is wrong', PROCESS.replace('mode: drive', 'mode: full'), 'Web change'],
    ['YAML that is broken', `${PROCESS}  - : [\n`, 'Web change'],
    ['a calendar that is not there', PROCESS.replace('calendar: nightly', 'calendar: gone'), 'Web change'],
    ['the workflow of another file', PROCESS.replace('Web change', 'Other change'), 'Other change'],
    ['no workflow', 'name: web\n', null],
  ])('stops its process and no other: %s', (_what, text, workflow) => {
    const other = PROCESS.replace('name: web', 'name: other').replace('Web change', 'Other change');
    const { processes, faultyProcesses } = load({
      'processes/web.yaml': text,
      'processes/lab.yaml': lab,
      ...(workflow === 'Other change' && { 'processes/other.yaml': other }),
    });
    expect(processes.map((process) => process.name)).toEqual(['lab']);
    expect(faultyProcesses).toContainEqual(expect.objectContaining({ file: 'processes/web.yaml', workflow }));
    expect(faultyProcesses.every(({ mistakes }) => mistakes.length > 0)).toBe(true);
  });
});

describe('the rules of a process', () => {
  it.each([
    [
      'an unknown calendar',
      'calendar: nightly',
      'calendar: nigthly',
      'there is no calendar nigthly in calendars.yaml (it has: nightly)',
    ],
    ['an unknown server', 'server: itsm', 'server: jira', 'there is no server jira'],
    ['an unknown approval step', 'step: Approval, field', 'step: Aproval, field', 'there is no step Aproval'],
    ['an unknown step of a point', 'inbound: Approval', 'inbound: Nowhere', 'there is no step Nowhere'],
    [
      'a push without approval',
      'phases: [approval]',
      'phases: []',
      'update by orchestrator needs the phase approval',
    ],
    ['a push without risk check', ' riskCheck,', '', 'needs the phase riskCheck'],
    ['a push without window', ' changeWindow,', '', 'needs the phase changeWindow'],
    ['a risk check without policy', /risk: .*\n/.exec(PROCESS)![0], '', 'riskCheck needs the section risk'],
    [
      'an approval without policy',
      /approval: .*\n/.exec(PROCESS)![0],
      '',
      'approval needs the section approval',
    ],
    [
      'a window without policy',
      /window: .*\n/.exec(PROCESS)![0],
      '',
      'changeWindow needs the section window',
    ],
    [
      'an approval before the risk check',
      'orchestrator }, riskCheck, advance',
      'orchestrator }, advance',
      'needs the phase riskCheck',
    ],
    [
      'a commit before the window',
      'changeWindow, { phase: commit, by: orchestrator }',
      '{ phase: commit, by: orchestrator }, changeWindow',
      'commit comes before changeWindow',
    ],
    [
      'a commit before the update',
      '{ phase: update, by: orchestrator }, changeWindow, { phase: commit',
      '{ phase: commit, by: orchestrator }, changeWindow, { phase: update',
      'update must come first',
    ],
    ['a phase twice', 'riskCheck, advance', 'riskCheck, riskCheck, advance', 'riskCheck appears twice'],
    ['advance in the middle', 'riskCheck, advance', 'advance, riskCheck', 'must be its last phase'],
    [
      'an approval by a machine',
      'phases: [approval]',
      'phases: [{ phase: approval, by: orchestrator }]',
      'approval cannot be done by orchestrator',
    ],
    ['driving without a beginning', /driveSince: .*\n/.exec(PROCESS)![0], '', 'needs driveSince'],
    ['an update of nothing', 'action: create', 'action: update', 'needs an enabled point with action create'],
    ['a date without offset', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00', 'with offset'],
  ])('refuse %s', (_what, from, to, message) => {
    expect(inProcess(from, to).join('\n')).toContain(message);
  });

  it('allow saving Updates before the window and enforcing ones behind it', () => {
    const behind = PROCESS.replace(
      '{ phase: update, by: orchestrator }, changeWindow,',
      'changeWindow, { phase: update, by: orchestrator },',
    );
    expect(mistakesOf({ 'processes/web.yaml': behind })).toEqual([]);
  });

  it('judge steps in the order they are written, also when their names are numbers', () => {
    const numbered = PROCESS.replaceAll('Design:', "'2':")
      .replaceAll('Approval:', "'1':")
      .replace('step: Approval', "step: '1'")
      .replace('inbound: Approval', "inbound: '1'");
    expect(mistakesOf({ 'processes/web.yaml': numbered })).toEqual([]);
  });

  it('allow one definition for a workflow', () => {
    expect(mistakesOf({ 'processes/zweb.yaml': PROCESS.replace('name: web', 'name: zweb') })).toEqual([
      'processes/web.yaml:2:1: workflow Web change is also defined in processes/zweb.yaml; keep one',
      'processes/zweb.yaml:2:1: workflow Web change is also defined in processes/web.yaml; keep one',
    ]);
  });

  it('keep definitions small enough to travel with every step', () => {
    const big = JSON.stringify({ text: 'x'.repeat(33_000) });
    expect(mistakesOf({ 'templates/create.json': big })).toEqual([
      expect.stringMatching(/at most 32768 travel with each step/),
    ]);
  });
});

describe('the ITSM change as a condition of the gate', () => {
  const withGate = (gate: string) => ({ 'processes/web.yaml': `gate: { itsmChange: ${gate} }\n${PROCESS}` });

  it('names fields, and the values of each that let a push go ahead', () => {
    const { processes } = load(
      withGate("{ server: itsm, fields: { state: ['-1'], on_hold: ['false'] }, every: 1m }"),
    );
    expect(processes[0]?.itsmGate).toEqual({
      server: 'itsm',
      fields: { state: ['-1'], on_hold: ['false'] },
      everyMs: 60_000,
    });
  });

  it.each([
    ["{ server: nowhere, fields: { state: ['-1'] } }", 'there is no server nowhere in servers.yaml'],
    ['{ server: itsm, fields: {} }', 'needs at least one field'],
    ['{ server: itsm, fields: { state: [] } }', 'gate.itsmChange.fields.state'],
    ["{ server: itsm, fields: { state: ['-1'] }, every: 1s }", 'gate.itsmChange.every'],
  ])('is refused as %s', (gate, message) => {
    expect(mistakesOf(withGate(gate)).join('\n')).toContain(message);
  });
});

describe('commitBy: securetrack', () => {
  const COPY = `calendars:
  nightly:
    secureTrackWindow: { uuid: 07c230ce }
    weekly: [{ days: [mon], start: '22:00', end: '23:00' }]
`;
  const LINES = 'commitBy: securetrack\nsaveUpdates: { ahead: 1d }\n';

  it('is a process that saves before the window, with a calendar that copies it', () => {
    const { processes, calendars } = load({
      'calendars.yaml': COPY,
      'processes/web.yaml': `${LINES}${PROCESS}`,
    });
    expect(processes).toMatchObject([{ commitBy: 'securetrack', saveUpdates: { aheadMs: 86_400_000 } }]);
    expect(calendars).toMatchObject([{ name: 'nightly', secureTrackWindow: '07c230ce' }]);
  });

  it.each([
    [
      'a calendar that copies no window',
      { 'calendars.yaml': COPY.replace(/^.*secureTrackWindow.*\n/m, '') },
      LINES,
      PROCESS,
      'needs secureTrackWindow in calendar nightly',
    ],
    ['Updates in the window', {}, 'commitBy: securetrack\n', PROCESS, 'needs saveUpdates: { ahead: … }'],
    [
      'early Updates',
      {},
      LINES.replace('{ ahead: 1d }', 'early'),
      PROCESS,
      'needs saveUpdates: { ahead: … }',
    ],
    ['waves', {}, `${LINES}partialFailure: waves\n`, PROCESS, 'waves need Commits of our own'],
    [
      'no Update',
      {},
      LINES,
      PROCESS.replace('{ phase: update, by: orchestrator }, ', ''),
      'needs the phase update',
    ],
    [
      'a Commit by a person',
      {},
      LINES,
      PROCESS.replace('phase: commit, by: orchestrator', 'phase: commit, by: person'),
      'needs the phase commit by orchestrator',
    ],
  ])('is refused with %s', (_what, files, lines, process, message) => {
    const wrong = mistakesOf({
      'calendars.yaml': COPY,
      ...files,
      'processes/web.yaml': `${lines}${process}`,
    });
    expect(wrong.join('\n')).toContain(message);
  });
});

it.each(['accept', 'reassign', 'waitForHandler'])('a task may become ours by taskAccess: %s', (access) => {
  expect(mistakesOf({ 'processes/web.yaml': `taskAccess: ${access}\n${PROCESS}` })).toEqual([]);
});

describe('what this release does not do', () => {
  it.each([['ridingAlong: warn', 'riding along']])(
    'is refused in a process, not ignored: %s',
    (line, what) => {
      const wrong = mistakesOf({ 'processes/web.yaml': `${line}\n${PROCESS}` });
      expect(wrong).toEqual([
        expect.stringMatching(
          new RegExp(`^processes/web\\.yaml:1:1: .*not available in this release: .*${what}.*; remove it`),
        ),
      ]);
    },
  );

  it.each([
    [
      'servers.yaml',
      'servers: { a: { kind: jira, url: https://a, auth: { kind: none } } }',
      'servers of kind jira',
    ],
  ])('is refused in %s: %s', (file, text, what) => {
    const wrong = mistakesOf({ [file]: text, 'processes/web.yaml': undefined });
    expect(wrong).toEqual([expect.stringContaining(`not available in this release: ${what}`)]);
  });
});
