import { z } from 'zod';
import type { Http } from '../http/http.js';
import { createCaller } from './call.js';
import { expectSameId } from './same-object.js';
import {
  clip,
  MESSAGE_LENGTH,
  NAME_LENGTH,
  toList,
  toObject,
  toText,
  wireId,
  wireList,
  wireMaybe,
  wireOptionalId,
  wireText,
  wireTruth,
  wireWrapped,
} from './normalise.js';
import { saysNotPerformed } from './vendor-texts.js';

/** A SecureTrack change window as its API shows it: no recurrence, no next start, no member devices. */
export interface ChangeWindow {
  readonly uuid: string;
  readonly name: string;
  readonly description: string | null;
  readonly domainId: string | null;
  readonly enabled: boolean;
}

/** A completed run of a window. Instants are UTC epoch ms, null when the vendor's date cannot be read. */
export interface WindowRun {
  readonly id: string;
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly errors: readonly string[];
}

/** What a run did to one device; `skipped`: it says "not performed", also under a success. */
export interface WindowRunDevice {
  readonly managementId: string;
  readonly outcome: 'committed' | 'skipped' | 'failed' | 'unknown';
  readonly revisionId: string | null;
  readonly message: string | null;
}

export interface ChangeWindows {
  list(signal?: AbortSignal): Promise<readonly ChangeWindow[]>;
  /** Newest first, at most `count` (default 50). */
  listRuns(uuid: string, options?: { count?: number; signal?: AbortSignal }): Promise<readonly WindowRun[]>;
  readRun(
    uuid: string,
    runId: string,
    signal?: AbortSignal,
  ): Promise<WindowRun & { readonly devices: readonly WindowRunDevice[] }>;
}

const API = '/securetrack/api/change_windows';
const PAGE = 100;
const MOST_PAGES = 20;

/** Reads only: there is no call that creates, runs or cancels a window. Throws only `CallFailure`. */
export function createChangeWindows(secureTrackHttp: Http): ChangeWindows {
  const securetrack = createCaller(secureTrackHttp);
  return {
    async list(signal) {
      const windows: ChangeWindow[] = [];
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const { change_windows: answer } = await securetrack.get(windowsSchema, {
          path: API,
          query: { start: page * PAGE, count: PAGE },
          operation: 'list change windows',
          signal,
        });
        const found = answer?.change_window ?? [];
        windows.push(...found.map(toWindow));
        if (found.length < PAGE) break;
      }
      return windows;
    },

    async listRuns(uuid, { count = 50, signal } = {}) {
      const { commit_tasks: answer } = await securetrack.get(runsSchema, {
        path: `${API}/${encodeURIComponent(uuid)}/tasks`,
        query: { start: 0, count },
        operation: `list runs of change window ${uuid}`,
        signal,
      });
      return (answer?.commit_task ?? []).map(toRun);
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
      const devices = run.device_commits.flatMap(({ result }) =>
        result === null ? [] : toRunDevices(result, head.errors),
      );
      return { ...head, devices };
    },
  };
}

const windowsSchema = z.object({
  change_windows: wireMaybe(
    z.object({
      change_window: wireList(
        z.object({
          uuid: wireId,
          name: wireText,
          description: wireText,
          domain_id: wireOptionalId,
          enabled: wireTruth,
        }),
      ),
    }),
  ),
});

const runHead = { id: wireId, start_date: wireText, end_date: wireText, errors: z.unknown().optional() };
const runsSchema = z.object({
  commit_tasks: wireMaybe(z.object({ commit_task: wireList(z.object(runHead)) })),
});

const runDevice = z.object({
  id: wireId,
  status: wireText,
  revision_id: wireOptionalId,
  warnings: z.unknown().optional(),
  errors: z.unknown().optional(),
});
const runResult = z.object({ errors: z.unknown().optional(), device: wireList(runDevice) });
const runSchema = z.object({
  commit_task: z.object({
    ...runHead,
    device_commits: wireWrapped('device_commit', z.object({ result: wireMaybe(runResult) })),
  }),
});

type WireWindow = NonNullable<z.infer<typeof windowsSchema>['change_windows']>['change_window'][number];
type WireRun = NonNullable<z.infer<typeof runsSchema>['commit_tasks']>['commit_task'][number];
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
    errors: texts(run.errors, 'error'),
  };
}

function toRunDevices(result: WireResult, runErrors: readonly string[]): readonly WindowRunDevice[] {
  return result.device.map((device) => {
    const errors = [...texts(device.errors, 'error'), ...texts(result.errors, 'error')];
    const warnings = texts(device.warnings, 'warning');
    const all = [...errors, ...warnings, ...runErrors];
    return {
      managementId: device.id,
      outcome: judge(device.status ?? '', errors, all),
      revisionId: device.revision_id,
      message: all.find(saysNotPerformed) ?? all[0] ?? null,
    };
  });
}

function judge(
  status: string,
  errors: readonly string[],
  all: readonly string[],
): WindowRunDevice['outcome'] {
  if (all.some(saysNotPerformed)) return 'skipped';
  if (status === 'FAILURE' || errors.length > 0) return 'failed';
  return status === 'SUCCESS' || status === 'SUCCESS_WITH_WARNINGS' ? 'committed' : 'unknown';
}

/** `""`, a text, `{error: text}` or `{error: [text, …]}`. */
function texts(value: unknown, entry: string): readonly string[] {
  const object = toObject(value);
  return toList(object === undefined ? value : object[entry]).flatMap((one) => {
    const text = toText(one);
    return text === null ? [] : [clip(text.replace(/\s+/g, ' ').trim(), MESSAGE_LENGTH)];
  });
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** `04-Nov-2018 01:30:00PM +0200` as UTC epoch ms; null for anything else. */
export function parseWindowDate(text: string): number | null {
  const form = /^(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{1,2}):(\d{2}):(\d{2}) ?([AP])M ([+-])(\d{2}):?(\d{2})$/i;
  const parts = form.exec(text.trim());
  if (parts === null) return null;
  const [, day, monthName = '', year, hour, minute, second, half = '', sign, zoneHours, zoneMinutes] = parts;
  const month = MONTHS.indexOf(monthName.toLowerCase());
  const twelve = Number(hour);
  if (month < 0 || twelve < 1 || twelve > 12 || Number(minute) > 59 || Number(second) > 59) return null;
  const hours = (twelve % 12) + (half.toUpperCase() === 'P' ? 12 : 0);
  const local = Date.UTC(Number(year), month, Number(day), hours, Number(minute), Number(second));
  if (new Date(local).getUTCDate() !== Number(day)) return null;
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return sign === '-' ? local + offset : local - offset;
}
