import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { renderTimeline } from '../../src/audit/render-text.js';
import { toTimeline } from '../../src/audit/timeline.js';
import type { HistoryFact } from '../../src/domain/history-fact.js';
import { toHistoryFacts } from '../../src/temporal/history-facts.js';

const FOLDER = join(__dirname, '../replay/histories');

function factsOf(scenario: string, file: string): readonly HistoryFact[] {
  const text = readFileSync(join(FOLDER, scenario, file), 'utf8');
  return toHistoryFacts(historyFromJSON(JSON.parse(text)), { runId: 'r1' });
}

const tickets = readdirSync(FOLDER).flatMap((scenario) =>
  readdirSync(join(FOLDER, scenario))
    .filter((file) => file.startsWith('ticket-'))
    .map((file) => [scenario, file] as const),
);
const input = (fact: HistoryFact): Record<string, unknown> => (fact.input as [Record<string, unknown>])[0];

describe.each(tickets)('the recorded life of %s/%s', (scenario, file) => {
  const facts = factsOf(scenario, file);
  const rows = toTimeline(facts);
  const text = renderTimeline(rows);
  const ofKind = (kind: HistoryFact['kind'], name: string): readonly HistoryFact[] =>
    facts.filter((fact) => fact.kind === kind && fact.name === name);

  it('has less than half as many lines as facts, in order, none twice in a row', () => {
    // The run of a late event is a handful of both.
    if (facts.length > 20) expect(rows.length).toBeLessThan(facts.length / 2);
    const instants = rows.map(({ atMs }) => atMs);
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    const lines = rows.map(({ what, who, detail }) => JSON.stringify([what, who, detail]));
    expect(lines.filter((line, index) => line === lines[index - 1])).toEqual([]);
  });

  it('names every event, and whoever reported it', () => {
    const shown = rows.filter(({ what }) => what.startsWith('event ')).map(({ what, who }) => [what, who]);
    const came = ofKind('signal', 'ticketReported').map((fact) => {
      const { name, source, signature } = input(fact);
      return [`event ${String(name)}`, signature === undefined ? `unverified:${String(source)}` : source];
    });
    expect(shown.toSorted()).toEqual(came.toSorted());
  });

  it('names every push with its device and its end, every message with its change, every command with its person', () => {
    for (const fact of ofKind('activityScheduled', 'readPush')) {
      const target = String(input(fact)['targetName']);
      const row = rows.find(({ what }) => what === `push of ${target}` || what === `Update of ${target}`);
      expect(row?.detail).toEqual(expect.any(String));
    }
    for (const fact of ofKind('activityScheduled', 'sendMessage'))
      expect(text).toMatch(new RegExp(`ITSM CHG\\d+: ${fact.summary?.replace(/[()]/g, '\\$&') ?? '-'}`));
    const people = ofKind('update', 'operateTicket').map(
      (fact) => (input(fact)['actor'] as { login: string }).login,
    );
    expect(rows.filter(({ kind }) => kind === 'command').map(({ who }) => who)).toEqual(people);
  });

  it('shows no reading that only looked, unless it was refused', () => {
    expect(text.replaceAll(/^.*the ticket has left the step.*$/gm, '')).not.toMatch(
      /look at the ticket|Designer results|\bafter [A-Z]|create-change$|leave the lanes/m,
    );
  });
});

it('the timeline of the happy ticket says who approved it, why, and what was found', () => {
  const shown = toTimeline(factsOf('happy', 'ticket-1.json')).map(({ what, who, detail }) => [
    what,
    who,
    detail,
  ]);
  expect(shown).toEqual(
    expect.arrayContaining([
      ['step Design and Risk, phase design', null, null],
      ['risk medium', null, null],
      ['phase approval, waits for approval', null, null],
      ['approved in step Approval', 'a.kaya', '"as agreed with the service owner"'],
      ['Update of DG-B', null, expect.stringMatching(/^saved/) as unknown],
      ['push of DG-B', null, expect.stringMatching(/^live: /) as unknown],
      ["read the verifier's result", null, 'implemented'],
      ['ended', null, 'closed'],
    ]),
  );
});
