import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';

import { cleanHistory } from '../../scripts/clean-history.js';
import { scenarios } from '../../src/demo/scenarios/index.js';
import { recordedScenarios, recordingsOf, type Recording } from '../support/recordings.js';
import { workflowBundle } from '../support/replay.js';

const recordings = recordedScenarios().flatMap(recordingsOf);
const nameOf = ({ scenario, file }: Recording): string => `${scenario}/${file}`;

/** Under which ids it ran: a workflow refuses a run that is not under its own. */
function startOf(history: unknown): { workflowId: string; runId: string } {
  const start = historyFromJSON(history).events?.[0]?.workflowExecutionStartedEventAttributes;
  return { workflowId: start?.workflowId ?? '', runId: start?.originalExecutionRunId ?? '' };
}

/** What today's workflows say to each recording: null when they would have done the same. */
const verdicts = new Map<string, string | null>();

beforeAll(async () => {
  // One replayer for all: starting one costs more than most histories.
  const results = Worker.runReplayHistories(
    { workflowBundle: await workflowBundle() },
    recordings.map(({ history }) => ({ workflowId: startOf(history).workflowId, history })),
  );
  const names = new Map(recordings.map((recording) => [startOf(recording.history).runId, nameOf(recording)]));
  for await (const { runId, error } of results) {
    verdicts.set(names.get(runId) ?? runId, error === undefined ? null : error.message);
  }
});

describe('recorded histories', () => {
  it.each(recordings.map(nameOf))('%s: the run would live on with the workflows of today', (name) => {
    expect(verdicts.get(name)).toBeNull();
  });

  it('there is a recording of every scenario, and a scenario for every recording', () => {
    expect(recordedScenarios()).toEqual(scenarios.map(({ name }) => name).sort());
  });

  it.each(recordedScenarios())(
    '%s: every ticket came to its end, and lanes, switch and sweep are there',
    (scenario) => {
      const files = recordingsOf(scenario).map(({ file }) => file);
      expect(files).toEqual(expect.arrayContaining(['control.json', 'sweep.json']));
      const tickets = recordingsOf(scenario).filter(({ file }) => file.startsWith('ticket-'));
      expect(tickets.length).toBeGreaterThan(0);
      for (const { history } of tickets) {
        const last = historyFromJSON(history).events?.at(-1);
        expect(last?.workflowExecutionCompletedEventAttributes).toBeTruthy();
      }
    },
  );

  it.each(recordings.map((recording) => [nameOf(recording), recording] as const))(
    '%s names no machine, no process and no path of one',
    (_, { history }) => {
      const { json, readable } = cleanHistory(JSON.stringify(history));
      expect(JSON.parse(json)).toEqual(history);
      expect(readable.match(/\/(home|root|tmp|Users|var)\/[^"\\]*/g) ?? []).toEqual([]);
    },
  );

  it('a history is the same after it was written and read', () => {
    const { history } = recordings.find(({ file }) => file.startsWith('ticket-'))!;
    const read = historyFromJSON(history);
    expect(historyFromJSON(JSON.parse(historyToJSON(read)))).toEqual(read);
  });
});
