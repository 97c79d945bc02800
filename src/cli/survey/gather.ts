/** Reads what a survey judges: tickets with their devices, and the runs of change windows. GETs only, bounded. */
import { CallFailure } from '../../domain/failure.js';
import { fewAtOnce } from '../../domain/few-at-once.js';
import type { DeviceDesign } from '../../domain/provisioning.js';
import type { ChangeWindows, WindowRun } from '../../securechange/change-windows.js';
import type {
  ChangeWindow,
  KnownDevice,
  SecureChange,
  TicketRow,
  WindowRunDevice,
} from '../../securechange/secure-change.js';
import type { SurveyedTicket, SurveyReads, TicketList } from '../../securechange/survey-reads.js';

/** SecureChange limits what one client may ask at the same time. */
const AT_ONCE = 4;
const MOST_PAGES: Readonly<Record<TicketList, number>> = { open: 100, ended: 20 };
const MOST_REQUESTS = 3;
const MOST_RUNS = 300;
const TRIES = 3;
const PAUSE_MS = 500;

export interface Sources {
  readonly reads: SurveyReads;
  readonly secureChange: Pick<SecureChange, 'readDesign' | 'listDevices' | 'readRevisions'>;
  readonly windows: ChangeWindows;
  readonly sleep: (ms: number) => Promise<void>;
  /** Says how far it is, in one short line. */
  readonly progress: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface SeenTicket {
  readonly ticket: SurveyedTicket;
  readonly devices: readonly SeenDevice[];
}

export interface SeenDevice extends DeviceDesign {
  /** The call that shows it. */
  readonly call: string;
}

export interface SeenRun extends WindowRun {
  readonly window: ChangeWindow;
  readonly devices: readonly WindowRunDevice[];
}

export interface Gathered {
  readonly rows: Readonly<Record<TicketList, readonly TicketRow[]>>;
  readonly tickets: readonly SeenTicket[];
  readonly devices: readonly KnownDevice[];
  readonly windows: readonly ChangeWindow[];
  readonly runs: readonly SeenRun[];
  readonly limits: readonly string[];
  readonly odd: readonly string[];
  /** Why there are no windows, runs or device names. */
  readonly notVisible: { readonly windows: string | null; readonly devices: string | null };
}

/** A list that cannot be read leaves its part of the survey out; tickets that cannot be listed at all end it. */
export async function gather(
  sources: Sources,
  { most, sinceMs }: { readonly most: number; readonly sinceMs: number },
): Promise<Gathered> {
  const limits: string[] = [];
  const odd: string[] = [];
  const open = await listAll(sources, 'open', limits, odd);
  const ended = await listAll(sources, 'ended', limits, odd);
  const chosen = [...open.slice(0, most), ...ended.slice(0, most)];
  for (const [name, rows] of [
    ['open', open],
    ['ended', ended],
  ] as const)
    if (rows.length > most)
      limits.push(
        `${most} of ${rows.length} ${name} tickets were read in depth (--tickets ${rows.length} reads all)`,
      );
  let done = 0;
  const read = await fewAtOnce(
    chosen,
    async ({ id }) => {
      const seen = await readTicket(sources, id, odd);
      done += 1;
      if (done % 50 === 0 || done === chosen.length)
        sources.progress(`tickets: ${done} of ${chosen.length} read`);
      return seen;
    },
    AT_ONCE,
  );
  const devices = await visible(sources, async () => sources.secureChange.listDevices(sources.signal));
  sources.progress('change windows and their runs');
  const windows = await visible(sources, async () => listRuns(sources, sinceMs, limits, odd));
  return {
    rows: { open, ended },
    tickets: read.flatMap((seen) => seen ?? []),
    devices: 'why' in devices ? [] : devices.found,
    windows: 'why' in windows ? [] : windows.found.windows,
    runs: 'why' in windows ? [] : windows.found.runs,
    limits,
    odd,
    notVisible: {
      windows: 'why' in windows ? windows.why : null,
      devices: 'why' in devices ? devices.why : null,
    },
  };
}

/** Asks again where a server says "later"; throws what remains. */
export async function again<T>({ sleep, signal }: Sources, call: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await call();
    } catch (error) {
      const mayPass =
        error instanceof CallFailure &&
        (error.facts.kind === 'transient' || error.facts.kind === 'busy') &&
        signal?.aborted !== true;
      if (!mayPass || tried === TRIES) throw error;
      await sleep(error.facts.retryAfterMs ?? PAUSE_MS * tried);
    }
  }
}

/** What was found, or why it is not visible. */
export async function visible<T>(
  sources: Sources,
  call: () => Promise<T>,
): Promise<{ readonly found: T } | { readonly why: string }> {
  try {
    return { found: await again(sources, call) };
  } catch (error) {
    if (!(error instanceof CallFailure) || sources.signal?.aborted === true) throw error;
    return { why: error.message };
  }
}

async function listAll(
  sources: Sources,
  list: TicketList,
  limits: string[],
  odd: string[],
): Promise<readonly TicketRow[]> {
  const rows: TicketRow[] = [];
  let start: number | null = 0;
  for (let page = 0; start !== null && page < MOST_PAGES[list]; page += 1) {
    const from: number = start;
    const found = await again(sources, async () => sources.reads.listTickets(list, from, sources.signal));
    rows.push(...found.rows);
    odd.push(...found.odd.map(({ row, why }) => `${row}: ${why}`));
    if (found.cut) limits.push(`the list of ${list} tickets cannot be followed beyond ${rows.length}`);
    start = found.next;
  }
  if (start !== null) limits.push(`only the first ${rows.length} ${list} tickets were listed`);
  sources.progress(`${rows.length} ${list} tickets listed`);
  return rows;
}

const WAS_PUSHED = /^(update|commit) .*\bsucceeded\.?$/is;

async function readTicket(sources: Sources, id: string, odd: string[]): Promise<SeenTicket | null> {
  const { reads, secureChange, signal } = sources;
  const read = await visible(sources, async () => reads.readTicket(id, signal));
  if ('why' in read) {
    odd.push(`ticket ${id}: ${read.why}`);
    return null;
  }
  const ticket = read.found;
  if (ticket.oddLines > 0) odd.push(`ticket ${id}: ${ticket.oddLines} line(s) of its history`);
  const wasPushed = ticket.lines.some(({ text }) => WAS_PUSHED.test(text));
  const devices = new Map<string, SeenDevice>();
  const shown = ticket.requests.filter(
    ({ designerStatus: status }) =>
      /^(implementation|commit)/.test(status) ||
      wasPushed ||
      (ticket.status === 'inProgress' && /^designer (success|fully)/.test(status)),
  );
  if (shown.length > MOST_REQUESTS)
    odd.push(`ticket ${id}: of ${shown.length} requests the newest ${MOST_REQUESTS} were read`);
  for (const { ref } of shown.slice(0, MOST_REQUESTS)) {
    const design = await visible(sources, async () => secureChange.readDesign(ref, signal));
    if ('why' in design) odd.push(`ticket ${id}: ${design.why}`);
    else
      for (const device of design.found.devices)
        if (!devices.has(device.managementId))
          devices.set(device.managementId, {
            ...device,
            call: `GET …/tickets/${id}/steps/${ref.stepId}/tasks/${ref.taskId}/fields/${ref.fieldId}/designer`,
          });
  }
  return { ticket, devices: [...devices.values()] };
}

async function listRuns(
  sources: Sources,
  sinceMs: number,
  limits: string[],
  odd: string[],
): Promise<Pick<Gathered, 'windows' | 'runs'>> {
  const { windows, signal } = sources;
  const listed = await windows.list(signal);
  odd.push(...listed.odd.map(({ row, why }) => `${row}: ${why}`));
  const runs: SeenRun[] = [];
  for (const window of listed.rows) {
    const found = await visible(sources, async () =>
      windows.listRuns(window.uuid, { ...(signal && { signal }) }),
    );
    if ('why' in found) {
      odd.push(`change window ${window.name}: ${found.why}`);
      continue;
    }
    odd.push(...found.found.odd.map(({ row, why }) => `change window ${window.name}, ${row}: ${why}`));
    const newest = found.found.rows.filter(({ startMs }) => startMs === null || startMs >= sinceMs);
    if (found.found.cut && newest.length === found.found.rows.length)
      limits.push(`of change window ${window.name} the newest ${newest.length} runs were listed`);
    for (const run of newest) {
      if (runs.length >= MOST_RUNS) {
        limits.push(`only ${MOST_RUNS} runs of change windows were read`);
        return { windows: listed.rows, runs };
      }
      const read = await visible(sources, async () => windows.readRun(window.uuid, run.id, signal));
      if ('why' in read) odd.push(`run ${run.id} of change window ${window.name}: ${read.why}`);
      else {
        odd.push(...read.found.odd.map(({ row, why }) => `run ${run.id}, ${row}: ${why}`));
        runs.push({ ...read.found, window });
      }
    }
  }
  return { windows: listed.rows, runs };
}
