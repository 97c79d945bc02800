import { z } from 'zod';
import type { Http } from '../http/http.js';
import { createCaller } from './call.js';
import { parseWindowDate } from './dates.js';
import { saidBeside } from './said-beside.js';
import { expectSameId } from './same-object.js';
import {
  clip,
  MESSAGE_LENGTH,
  NAME_LENGTH,
  toWrappedList,
  wireAnswer,
  wireCount,
  wireId,
  wireMaybe,
  wireOptionalId,
  wireText,
  wireTruth,
} from './normalise.js';
import { readPages, readRows, wireAny, wireRows, type Listing, type OddRow } from './rows.js';
import type { ChangeWindow, WindowCommit, WindowRunDevice, WindowRuns } from './secure-change.js';
import { saysNotPerformed } from './vendor-texts.js';

/** A completed run of a window. Instants are UTC epoch ms, null when the vendor's date cannot be read. */
export interface WindowRun {
  readonly id: string;
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly errors: readonly string[];
}

export interface ChangeWindows {
  /** An odd row may be a window that commits: whoever decides from the list must not take it for complete. */
  list(signal?: AbortSignal): Promise<Listing<ChangeWindow>>;
  /** Newest first, at most `count` (default 50) from `from` on. An odd row is a run of which nothing else is known. */
  listRuns(
    uuid: string,
    options?: { from?: number; count?: number; signal?: AbortSignal },
  ): Promise<Listing<WindowRun>>;
  /**
   * Completed runs of all windows that started since then and committed the device, newest first. A run whose start cannot be read proves nothing and is left out, as does a device of a
   * run that cannot be read.
   */
  commitsOf(managementId: string, sinceMs: number, signal?: AbortSignal): Promise<readonly WindowCommit[]>;
  /**
   * All windows, and of each its completed runs that ended since then, or of which the end is not known, with what they did to
   * each device. What cannot be read is named, also that of a window with very many runs older ones are not known.
   */
  runsSince(sinceMs: number, signal?: AbortSignal): Promise<WindowRuns>;
  /** `odd`: what the run may have done to a device that cannot be read, is not known. */
  readRun(
    uuid: string,
    runId: string,
    signal?: AbortSignal,
  ): Promise<WindowRun & { readonly devices: readonly WindowRunDevice[]; readonly odd: readonly OddRow[] }>;
}

const API = '/securetrack/api/change_windows';
const PAGE = 100;
const MOST_PAGES = 20;
const RUNS_PAGE = 50;
/** A window that runs more often than that since an instant of interest is none that people plan by. */
const MOST_RUNS = 200;

/** Reads only: there is no call that creates, runs or cancels a window. Throws only `CallFailure`. */
export function createChangeWindows(secureTrackHttp: Http): ChangeWindows {
  const securetrack = createCaller(secureTrackHttp);

  /** Pages back to the first run that had ended by then. What lies beyond the newest 200 is named as one odd row. */
  async function headsSince(
    uuid: string,
    sinceMs: number,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly rows: readonly WindowRun[]; readonly odd: readonly string[] }> {
    const rows = new Map<string, WindowRun>();
    const odd: string[] = [];
    for (let from = 0; from < MOST_RUNS; from += RUNS_PAGE) {
      const page = await windows.listRuns(uuid, { from, ...(signal && { signal }) });
      const known = rows.size;
      for (const run of page.rows) rows.set(run.id, run);
      odd.push(...page.odd.map(({ row }) => row));
      const isNewestFirst = (page.rows[0]?.startMs ?? 0) >= (page.rows.at(-1)?.startMs ?? 0);
      const reached = isNewestFirst && page.rows.some((run) => endedBefore(run, sinceMs));
      if (!page.cut || reached) return { rows: [...rows.values()], odd };
      // A server that gives the same page again has no more to give that we could ask for.
      if (rows.size === known) break;
    }
    return { rows: [...rows.values()], odd: [...odd, `what is older than its newest ${rows.size} runs`] };
  }

  const windows: ChangeWindows = {
    async commitsOf(managementId, sinceMs, signal) {
      const { runs } = await windows.runsSince(sinceMs, signal);
      return runs
        .filter(
          ({ startMs, devices }) =>
            startMs >= sinceMs &&
            devices.some((device) => device.managementId === managementId && device.outcome === 'committed'),
        )
        .map(({ window, runId, startMs, endMs }) => ({ window, runId, startMs, endMs }))
        .sort((a, b) => b.startMs - a.startMs);
    },

    async runsSince(sinceMs, signal) {
      const listed = await windows.list(signal);
      const found: WindowRuns['runs'][number][] = [];
      const unread: WindowRuns['unread'][number][] = [];
      for (const { uuid, name: window } of listed.rows) {
        const runs = await headsSince(uuid, sinceMs, signal);
        unread.push(...runs.odd.map((row) => ({ uuid, row })));
        for (const run of runs.rows) {
          const { id, startMs } = run;
          if (endedBefore(run, sinceMs)) continue;
          if (startMs === null) {
            unread.push({ uuid, row: `run ${id}` });
            continue;
          }
          const { devices, odd, endMs, errors } = await windows.readRun(uuid, id, signal);
          const rows = odd.map(({ row }) => row);
          found.push({ uuid, window, runId: id, startMs, endMs, errors, devices, odd: rows });
        }
      }
      const complete = listed.odd.length === 0 && !listed.cut;
      return { windows: listed.rows, complete, unread, runs: found.sort((a, b) => a.startMs - b.startMs) };
    },

    async list(signal) {
      return await readPages({ perPage: PAGE, mostPages: MOST_PAGES }, async (start) => {
        const { change_windows: answer } = await securetrack.get(windowsSchema, {
          path: API,
          query: { start, count: PAGE },
          operation: 'list change windows',
          signal,
        });
        if (answer === null) return null;
        const { rows, odd } = answer.change_window;
        return { rows: rows.map(toWindow), odd, total: answer.total };
      });
    },

    async listRuns(uuid, { from = 0, count = RUNS_PAGE, signal } = {}) {
      const { commit_tasks: answer } = await securetrack.get(runsSchema, {
        path: `${API}/${encodeURIComponent(uuid)}/tasks`,
        query: { start: from, count },
        operation: `list runs of change window ${uuid}`,
        signal,
      });
      const { rows, odd } = answer?.commit_task ?? { rows: [], odd: [] };
      return { rows: rows.map(toRun), odd, cut: rows.length + odd.length >= count };
    },

    async readRun(uuid, runId, signal) {
      const operation = `read run ${runId} of change window ${uuid}`;
      const { commit_task: run } = await securetrack.get(runSchema, {
        path: `${API}/${encodeURIComponent(uuid)}/tasks/${encodeURIComponent(runId)}`,
        operation,
        signal,
      });
      expectSameId({ system: securetrack.system, operation, what: 'run' }, runId, run.id);
      const head = toRun(run);
      const { rows: commits, odd } = run.device_commits;
      const results = commits.flatMap(({ result }) => (result === null ? [] : [result]));
      const ofCommits = saidBeside(commits, ['result']).errors;
      return {
        ...head,
        devices: results.flatMap((result) => toRunDevices(result, [...head.errors, ...ofCommits])),
        odd: [...odd, ...results.flatMap(({ device }) => device.odd)],
      };
    },
  };
  return windows;
}

const windowSchema = z.object({
  uuid: wireId,
  name: wireText,
  description: wireText,
  domain_id: wireOptionalId,
  enabled: wireTruth,
});
export const windowsSchema = wireAnswer(
  'change_windows',
  z.object({ total: wireCount, change_window: wireRows('change window', windowSchema) }),
);

const runHead = { id: wireId, start_date: wireText, end_date: wireText };
// Loose: what is said beside a status may stand under any member.
const runHeadSchema = z.looseObject(runHead);
export const runsSchema = wireAnswer(
  'commit_tasks',
  z.object({ commit_task: wireRows('run', runHeadSchema) }),
);

const runDevice = z.looseObject({
  id: wireId,
  status: wireText,
  revision_id: wireOptionalId,
});
const runResult = z.looseObject({ device: wireRows('device', runDevice) });
const deviceCommit = z.looseObject({ result: wireMaybe(runResult) });
export const runSchema = z.object({
  commit_task: z.looseObject({
    ...runHead,
    device_commits: wireAny.transform((value) =>
      readRows('commit of a device', deviceCommit, toWrappedList(value, 'device_commit')),
    ),
  }),
});

function endedBefore({ startMs, endMs }: WindowRun, sinceMs: number): boolean {
  return endMs !== null && endMs < sinceMs && (startMs ?? 0) < sinceMs;
}

type WireWindow = z.infer<typeof windowSchema>;
type WireRun = z.infer<typeof runHeadSchema>;
type WireResult = z.infer<typeof runResult>;

function toWindow(window: WireWindow): ChangeWindow {
  return {
    uuid: window.uuid,
    name: clip(window.name ?? '', NAME_LENGTH),
    description: window.description === null ? null : clip(window.description, MESSAGE_LENGTH),
    domainId: window.domain_id,
    // A window we cannot read as disabled may run.
    enabled: window.enabled ?? true,
  };
}

function toRun(run: WireRun): WindowRun {
  return {
    id: run.id,
    startMs: run.start_date === null ? null : parseWindowDate(run.start_date),
    endMs: run.end_date === null ? null : parseWindowDate(run.end_date),
    errors: shown(saidBeside(run, ['device_commits']).errors),
  };
}

function toRunDevices(result: WireResult, runErrors: readonly string[]): readonly WindowRunDevice[] {
  return result.device.rows.map((device) => {
    const ofDevice = saidBeside(device);
    const ofResult = saidBeside(result, ['device']);
    const errors = shown([...ofDevice.errors, ...ofResult.errors]);
    const all = [...errors, ...shown([...ofDevice.warnings, ...ofResult.warnings, ...runErrors])];
    return {
      managementId: device.id,
      outcome: judge(device.status ?? '', errors, runErrors, all),
      revisionId: device.revision_id,
      message: all.find(saysNotPerformed) ?? all[0] ?? null,
    };
  });
}

function judge(
  status: string,
  errors: readonly string[],
  runErrors: readonly string[],
  all: readonly string[],
): WindowRunDevice['outcome'] {
  if (all.some(saysNotPerformed)) return 'skipped';
  if (status === 'FAILURE' || errors.length > 0) return 'failed';
  // An error of the run may be about this device.
  if (runErrors.length > 0) return 'unknown';
  return status === 'SUCCESS' || status === 'SUCCESS_WITH_WARNINGS' ? 'committed' : 'unknown';
}

function shown(texts: readonly string[]): readonly string[] {
  return texts.map((text) => clip(text.replace(/\s+/g, ' ').trim(), MESSAGE_LENGTH));
}
