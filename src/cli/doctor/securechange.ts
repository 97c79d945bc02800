import { CallFailure } from '../../domain/failure.js';
import { TRIGGER_EVENTS } from '../../domain/event.js';
import type { ProcessFacts } from '../../domain/configuration-facts.js';
import type { Rows } from '../../securechange/rows.js';
import type { ListCheck, SecureChange, TicketRow } from '../../securechange/secure-change.js';
import { messageOf, note, ok, problem, type DoctorRow } from './row.js';
import type { Trigger } from './triggers.js';

const AREA = 'SecureChange';

/** What the doctor reads of SecureChange; it writes nothing. */
export interface SecureChangeUnderTest {
  readonly secureChange: SecureChange;
  readonly readTriggers: () => Promise<Rows<Trigger>>;
}

/** The credential, and for each process definition its workflow, steps, fields and triggers. */
export async function checkSecureChange(
  { secureChange, readTriggers }: SecureChangeUnderTest,
  processes: readonly ProcessFacts[],
): Promise<readonly DoctorRow[]> {
  const login = await attempt('login', () => secureChange.whoAmI());
  if ('row' in login) return [login.row];
  const rows: DoctorRow[] = [ok(AREA, 'login', `as ${login.value.login}`)];
  const open = await attempt('right to see tickets', () => readOpen(secureChange));
  rows.push(
    'row' in open
      ? open.row
      : ok(AREA, 'right to see tickets', `${open.value.length} or more tickets in progress`),
  );
  rows.push(
    note(
      AREA,
      'right to act for others',
      'no call that changes nothing shows it: the first ticket that an ITSM opens for a person is refused without it',
      `give ${login.value.login} the permission "Create and handle tickets on behalf of another user (via API only)"`,
    ),
  );
  const lists = await attempt('lists', () => secureChange.listOddRows());
  rows.push(...('row' in lists ? [lists.row] : lists.value.flatMap(checkList)));
  const triggers = await attempt('triggers', readTriggers);
  if ('row' in triggers) rows.push({ ...triggers.row, state: 'note' });
  else if (triggers.value.odd.length > 0) {
    rows.push(
      ...checkList({ list: 'triggers', read: triggers.value.rows.length, cut: false, ...triggers.value }),
    );
  }
  for (const process of processes) {
    rows.push(...(await checkWorkflow(secureChange, process)));
    if (!('row' in open)) rows.push(await checkFields(secureChange, process, open.value));
    if (!('row' in triggers)) rows.push(checkTriggers(process, triggers.value.rows));
  }
  return rows;
}

async function readOpen(secureChange: SecureChange): Promise<readonly TicketRow[]> {
  return (await secureChange.listOpenTickets(0)).rows;
}

/** Rows that cannot be read are left out everywhere: here they have their names. */
function checkList({
  list,
  read,
  odd,
  cut,
}: Omit<ListCheck, 'list'> & { readonly list: string }): readonly DoctorRow[] {
  const check = `list of ${list}`;
  const rows: DoctorRow[] = [];
  if (odd.length > 0) {
    const named = odd.slice(0, 5).map(({ row, why }) => `${row} (${why})`);
    const more = odd.length > named.length ? ` and ${odd.length - named.length} more` : '';
    rows.push(
      problem(
        AREA,
        check,
        `${odd.length} of ${read + odd.length} rows cannot be read: ${named.join(', ')}${more}`,
        'look at them in SecureChange; until then they are left out, events of a ticket are followed all the same',
      ),
    );
  }
  if (cut) {
    rows.push(
      problem(
        AREA,
        check,
        `more than the ${read} rows that are read in one go`,
        'the sweep does not see the others; close tickets that are done',
      ),
    );
  }
  return rows.length > 0 ? rows : [ok(AREA, check, `${read} rows, all can be read`)];
}

async function attempt<T>(check: string, read: () => Promise<T>): Promise<{ value: T } | { row: DoctorRow }> {
  try {
    return { value: await read() };
  } catch (error) {
    return { row: problem(AREA, check, messageOf(error), adviceFor(error)) };
  }
}

function adviceFor(error: unknown): string {
  if (error instanceof CallFailure) {
    if (error.facts.kind === 'auth') return 'check SECURECHANGE_USER, its password and its permissions';
    if (error.facts.code.endsWith('tls')) return 'name its authority with SECURECHANGE_CA_FILE';
  }
  return 'check SECURECHANGE_URL and that SecureChange answers from this machine';
}

async function checkWorkflow(
  secureChange: SecureChange,
  process: ProcessFacts,
): Promise<readonly DoctorRow[]> {
  const check = `workflow ${process.workflow}`;
  const found = await attempt(check, () => secureChange.readWorkflow(process.workflow));
  if ('row' in found) return [found.row];
  if (found.value === null) {
    return [
      problem(
        AREA,
        check,
        'no active workflow has this name',
        `correct \`workflow\` of process ${process.name}`,
      ),
    ];
  }
  const { steps, odd = [] } = found.value;
  const rows: DoctorRow[] =
    odd.length === 0
      ? []
      : [...checkList({ list: `steps of ${process.workflow}`, read: steps.length, odd, cut: false })];
  const wanted = [...process.steps, ...process.approvals.map(({ step }) => step)];
  const missing = [...new Set(wanted)].filter((step) => !steps.includes(step));
  rows.push(...checkOwnPushes(process));
  if (missing.length === 0)
    return [...rows, ok(AREA, check, `has all ${wanted.length} steps of process ${process.name}`)];
  return [
    ...rows,
    problem(
      AREA,
      check,
      `has no step ${missing.join(', ')}`,
      `correct \`steps\` of process ${process.name}; the workflow has: ${steps.join(', ')}`,
    ),
  ];
}

/** The API shows no automation of a workflow: the process says it, and the histories of tickets, which `sco survey` reads. */
function checkOwnPushes({ workflow, name, pushesByItself = [] }: ProcessFacts): readonly DoctorRow[] {
  if (pushesByItself.length === 0) return [];
  return [
    note(
      AREA,
      `pushes of ${workflow}`,
      `SecureChange saves or commits by itself in step ${pushesByItself.join(', ')}, as process ${name} says`,
      'what else waits saved on those managers may go live with it; `sco survey` shows which steps of all workflows did in the last 30 days',
    ),
  ];
}

/** Fields are only seen on tickets: one in progress is looked at. */
async function checkFields(
  secureChange: SecureChange,
  process: ProcessFacts,
  open: readonly TicketRow[],
): Promise<DoctorRow> {
  const check = `fields of ${process.workflow}`;
  const example = open.find(
    ({ workflow, stepName }) =>
      workflow === process.workflow && stepName !== null && process.steps.includes(stepName),
  );
  if (example === undefined) {
    return note(AREA, check, 'no ticket in progress to look at', 'run it again while one is');
  }
  const read = await attempt(check, () =>
    secureChange.readTicket(example.id, { requestField: process.requestField }),
  );
  if ('row' in read) return read.row;
  const { step } = read.value;
  if (step === null) return note(AREA, check, `ticket ${example.id} has just left its step`, 'run it again');
  const wanted = [
    process.requestField,
    ...process.approvals.filter((one) => one.step === step.name).map(({ field }) => field),
  ];
  const missing = wanted.filter((field) => !step.fieldNames.includes(field));
  if (missing.length === 0)
    return ok(AREA, check, `step ${step.name} of ticket ${example.id} has ${wanted.join(', ')}`);
  return problem(
    AREA,
    check,
    `step ${step.name} has no field ${missing.join(', ')}`,
    `correct process ${process.name}; the step has: ${step.fieldNames.join(', ')}`,
  );
}

function checkTriggers(process: ProcessFacts, triggers: readonly Trigger[]): DoctorRow {
  const check = `triggers of ${process.workflow}`;
  const events = new Set(
    triggers.filter(({ workflow }) => workflow === process.workflow).flatMap((trigger) => trigger.events),
  );
  const missing = TRIGGER_EVENTS.filter((name) => !events.has(name));
  if (missing.length === 0) return ok(AREA, check, 'every event has one');
  const which = missing.length === TRIGGER_EVENTS.length ? 'none' : `none for ${missing.join(', ')}`;
  return problem(
    AREA,
    check,
    which,
    'register the mediator (sco mediator build) for these events; until then the sweep finds them, later',
  );
}
