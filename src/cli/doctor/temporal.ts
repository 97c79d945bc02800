import type { DeploymentFacts } from '../../../packages/client/src/deployment-facts.js';
import { isServed, type Releases } from '../../../packages/client/src/release-facts.js';
import { checkFailingWorkflows } from './failing-workflows.js';
import { firstFew } from '../first-few.js';
import { formatRelative } from '../../domain/duration-text.js';
import { EVIDENCE_ADVICE, evidenceProblem, evidenceText } from '../status/evidence-text.js';
import { QUEUE_USES, workerText, type WorkerState } from '../status/workers.js';
import { messageOf, note, ok, problem, type DoctorRow } from './row.js';

const AREA = 'Temporal';
const WANTED_RETENTION_DAYS = 14;
const FOREIGN_SHOWN = 10;

export function temporalAway(address: string, error: unknown): DoctorRow {
  return problem(
    AREA,
    `server at ${address}`,
    messageOf(error),
    'start it (`npm start` brings one) or set TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE',
  );
}

/** `workers`: who of the facts' pollers is still there. */
export function checkTemporal(
  address: string,
  facts: DeploymentFacts,
  workers: readonly WorkerState[],
  nowMs: number,
): readonly DoctorRow[] {
  return [
    ok(AREA, `server at ${address}`, `answers, version ${facts.serverVersion}`),
    checkAttributes(facts),
    checkRetention(facts),
    ...Object.keys(QUEUE_USES).map((queue) => checkQueue(queue, workers, nowMs)),
    ...checkReleases(facts.releases),
    checkSweep(facts, nowMs),
    checkEvidence(facts, nowMs),
    ...checkFailingWorkflows(facts.workflows, nowMs),
    ...checkControl(facts),
    ...checkForeignWorkflows(facts),
  ];
}

function checkAttributes({ missingSearchAttributes, registerCommand }: DeploymentFacts): DoctorRow {
  if (missingSearchAttributes.length === 0) return ok(AREA, 'search attributes', 'all registered');
  return problem(
    AREA,
    'search attributes',
    `missing: ${missingSearchAttributes.join(', ')}`,
    `npm start and the compose file register them; by hand: ${registerCommand ?? ''}`,
  );
}

function checkRetention({ retentionDays }: DeploymentFacts): DoctorRow {
  const found = `${Math.round(retentionDays * 10) / 10} days after a run has ended`;
  if (retentionDays >= WANTED_RETENTION_DAYS) return ok(AREA, 'retention', found);
  return problem(
    AREA,
    'retention',
    found,
    'histories are the audit trail: temporal operator namespace update --retention 720h -n NAMESPACE',
  );
}

function checkControl({ control }: DeploymentFacts): readonly DoctorRow[] {
  if (control === 'RUNNING' || control === 'CONTINUED_AS_NEW') return [];
  const found =
    control === null
      ? 'the workflow `control` does not exist: nothing is pushed'
      : `the workflow \`control\` does not run (${control.toLowerCase()}): its last state counts, and no operator can stop`;
  return [
    problem(
      AREA,
      'stop switch',
      found,
      'find out who ended it; a worker that starts, or `sco stop`, starts it with the switch on; then `sco start`',
    ),
  ];
}

function checkForeignWorkflows({ foreign }: DeploymentFacts): readonly DoctorRow[] {
  const { found, more } = foreign;
  const rows = found
    .slice(0, FOREIGN_SHOWN)
    .map(({ workflowId, runId, type, taskQueue }) =>
      problem(
        AREA,
        `workflow ${workflowId}`,
        `it was not started by this product (type ${type}, task queue ${taskQueue}), and gets the messages for ours`,
        `find out who started it, then: temporal workflow terminate -w '${workflowId}' -r ${runId}; the sweep starts ours again`,
      ),
    );
  if (found.length <= FOREIGN_SHOWN && !more) return rows;
  const others = `${more ? 'at least ' : ''}${found.length - rows.length} more that this product did not start`;
  return [...rows, problem(AREA, 'workflows', others, 'see above')];
}

function checkQueue(queue: string, workers: readonly WorkerState[], nowMs: number): DoctorRow {
  const check = `worker for ${QUEUE_USES[queue] ?? queue}`;
  const asked = workers.filter((worker) => worker.queue === queue);
  const alive = asked.filter((worker) => worker.alive);
  const gone = asked.filter((worker) => !worker.alive);
  const list = (some: readonly WorkerState[]): string =>
    firstFew(
      some.map((worker) => workerText(worker, nowMs)),
      3,
    );
  const lost = gone.length === 0 ? '' : `; gone: ${list(gone)}`;
  if (alive.length > 0) return ok(AREA, check, `${alive.length} on queue ${queue}: ${list(alive)}${lost}`);
  return problem(AREA, check, `no worker polls queue ${queue}${lost}`, 'start one: npm run worker');
}

function checkReleases(found: Releases): readonly DoctorRow[] {
  const { releases, unversionedWorkers } = found;
  if (releases.length === 0) return [];
  const current = releases.find(({ role }) => role === 'current');
  if (!isServed(found)) {
    const why =
      current === undefined
        ? 'no release has the tickets: they stand still'
        : `release ${current.name} has the tickets, and no worker of it asks ${current.missingQueues.join(', ')}`;
    return [
      problem(
        AREA,
        'releases',
        why,
        'start its workers, or `sco release use` one that has some: sco release list',
      ),
    ];
  }
  const without = firstFew(unversionedWorkers, 3);
  return [
    ok(AREA, 'releases', `release ${current?.name ?? ''} has the tickets`),
    ...(unversionedWorkers.length === 0
      ? []
      : [problem(AREA, 'releases', `workers without a release get nothing: ${without}`, 'set SCO_RELEASE')]),
  ];
}

function checkEvidence({ evidence }: DeploymentFacts, nowMs: number): DoctorRow {
  const late = evidenceProblem(evidence, nowMs);
  const text = evidence === null ? '' : evidenceText(evidence, nowMs);
  if (late === null) return ok(AREA, 'evidence', text);
  return problem(AREA, 'evidence', [late, text].filter((part) => part !== '').join('; '), EVIDENCE_ADVICE);
}

function checkSweep({ sweep }: DeploymentFacts, nowMs: number): DoctorRow {
  if (sweep === null) {
    return problem(
      AREA,
      'sweep',
      'its schedule does not exist',
      'start a worker, which makes it: lost events are found by it',
    );
  }
  if (sweep.paused) {
    return problem(AREA, 'sweep', 'its schedule is paused', 'temporal schedule toggle --unpause -s sweep');
  }
  if (sweep.lastRunAtMs === null) return note(AREA, 'sweep', 'has not run yet');
  const last = `last run ${formatRelative(sweep.lastRunAtMs, nowMs)}`;
  const { findings } = sweep;
  if (findings !== null && findings.oddCount > 0) {
    const shown = findings.odd.slice(0, 5);
    const named = shown.join('; ');
    const more = findings.oddCount > shown.length ? ` and ${findings.oddCount - shown.length} more` : '';
    return problem(
      AREA,
      'sweep',
      `${last}: ${findings.oddCount} not readable (${named}${more})`,
      'look at tickets in SecureChange, at lanes with sco lane show; until then the sweep leaves them out',
    );
  }
  if (findings?.cut === true) {
    const found = `${last}: there are more open tickets than one sweep reads`;
    return problem(AREA, 'sweep', found, 'the sweep does not see the others; close tickets that are done');
  }
  return ok(AREA, 'sweep', last);
}
