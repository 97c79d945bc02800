import { TASK_QUEUES } from '../../domain/ids.js';
import type { DeploymentFacts } from '../../client/deployment.js';
import { checkFailingWorkflows } from './failing-workflows.js';
import { formatRelative } from '../instants.js';
import { messageOf, note, ok, problem, type DoctorRow } from './row.js';

const AREA = 'Temporal';
const WANTED_RETENTION_DAYS = 14;

export async function checkTemporal(
  address: string,
  inspect: () => Promise<DeploymentFacts>,
  nowMs: number,
): Promise<readonly DoctorRow[]> {
  let facts: DeploymentFacts;
  try {
    facts = await inspect();
  } catch (error) {
    return [
      problem(
        AREA,
        `server at ${address}`,
        messageOf(error),
        'start it (`npm start` brings one) or set TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE',
      ),
    ];
  }
  return [
    ok(AREA, `server at ${address}`, `answers, version ${facts.serverVersion}`),
    checkAttributes(facts),
    checkRetention(facts),
    ...facts.queues.map(checkQueue),
    checkSweep(facts, nowMs),
    ...checkFailingWorkflows(facts.workflows, nowMs),
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

const QUEUE_USES: Readonly<Record<string, string>> = {
  [TASK_QUEUES.main]: 'workflows and reads',
  [TASK_QUEUES.push]: 'Update and Commit',
  [TASK_QUEUES.script]: 'custom scripts',
};

function checkQueue({ name, pollers }: DeploymentFacts['queues'][number]): DoctorRow {
  const check = `worker for ${QUEUE_USES[name] ?? name}`;
  if (pollers.length > 0)
    return ok(AREA, check, `${pollers.length} on queue ${name}: ${pollers.slice(0, 3).join(', ')}`);
  return problem(AREA, check, `nobody asks queue ${name} for work`, 'start one: npm run worker');
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
    const named = findings.odd.slice(0, 5).join('; ');
    const more = findings.oddCount > 5 ? ` and ${findings.oddCount - 5} more` : '';
    return problem(
      AREA,
      'sweep',
      `${last}: ${findings.oddCount} not readable (${named}${more})`,
      'look at them in SecureChange; until then the sweep leaves them out',
    );
  }
  if (findings?.cut === true) {
    const found = `${last}: there are more open tickets than one sweep reads`;
    return problem(AREA, 'sweep', found, 'what is beyond is found by its events only; close what is done');
  }
  return ok(AREA, 'sweep', last);
}
