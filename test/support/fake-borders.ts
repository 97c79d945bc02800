import type { Calendars } from '../../src/calendar/calendar.js';
import { intersect, subtract } from '../../src/calendar/intervals.js';
import { CallFailure } from '../../src/domain/failure.js';
import { correlationId } from '../../src/domain/ids.js';
import { mapResponse } from '../../src/domain/response-mapping.js';
import type { Itsm } from '../../src/integrations/itsm.js';
import type { ScriptEntry } from '../../src/domain/script-entry.js';
import type { ActivityDeps } from '../../activities/contract.js';
import { strike } from './fake-secure-change.js';
import type { FakeEnvironment } from './fake-environment.js';
import { suffer } from './worker-death.js';

const CHANGE = { number: 'CHG0030001', id: 'sys-1' };
const DAY_MS = 24 * 60 * 60_000;

/** The calendars of the test environment, read live. */
export function fakeCalendars(env: FakeEnvironment): Calendars {
  return {
    names: () => [...env.calendars.keys()],
    secureTrackWindow: (name) => env.windowCopies.get(name) ?? null,
    overridable: ({ fromMs, toMs, roles }) =>
      subtract(
        [{ opensAtMs: fromMs, closesAtMs: toMs }],
        env.freezes.filter(({ overridableBy }) => !overridableBy.some((role) => roles.includes(role))),
      ),
    plan: ({ calendars, fromMs, horizonDays }) => {
      const calendar = calendars.join(', ');
      const all = calendars
        .map((name) => env.calendars.get(name))
        .reduce((some, others) => some && others && intersect(some, others));
      if (!all) {
        throw new CallFailure({
          kind: 'rejected',
          system: 'calendar',
          operation: 'plan',
          code: 'calendar.unknown',
          message: `there is no calendar "${calendar}"`,
        });
      }
      const intervals = all
        .filter(
          ({ opensAtMs, closesAtMs }) => closesAtMs > fromMs && opensAtMs < fromMs + horizonDays * DAY_MS,
        )
        .map((interval) => ({ ...interval, windows: [calendar] }));
      const noneReason = intervals.length > 0 ? null : `no opening within ${horizonDays} days`;
      const ruleVersion = env.ruleVersions.get(calendar) ?? env.ruleVersion;
      return {
        calendar,
        ruleVersion,
        tzdataVersion: 't1',
        zone: 'Europe/Berlin',
        intervals,
        noneReason,
        reasons: [],
      };
    },
  };
}

/** An ITSM that takes every message once: a create by its correlation id, the others by their key. */
export function fakeItsm(env: FakeEnvironment): Itsm {
  return {
    customValues: async () => new Map(),
    render: (point, context, path) => {
      const failure = env.unrenderable.get(point.name);
      if (failure) throw failure;
      return {
        key: context.key,
        point: point.name,
        server: point.server,
        action: point.action === 'none' ? 'call' : point.action,
        ...(point.response !== undefined && { response: point.response }),
        ...(point.call !== undefined && {
          call: { ...point.call, path: path ?? point.call.paths[0] ?? '/' },
        }),
        correlationId: correlationId(context.facts.id, point.server),
        body: env.bodyOf(point),
        blocking: point.blocking,
      };
    },
    call: async (message) => {
      const fault = strike(env.secureChange.faults, 'send', message.point);
      if (fault?.before) await suffer(fault.before);
      env.messages.push(message);
      const ticketId = message.correlationId.split('-')[1] ?? '-';
      env.recordEffect('itsm', ticketId, `${message.call?.method ?? '-'} ${message.call?.path ?? '-'}`);
      if (fault?.after) await suffer(fault.after);
      return env.answers.get(message.point) === undefined || message.response === undefined
        ? { said: 'answered 200', mapped: null }
        : { said: 'answered 200', mapped: mapResponse(message.response, env.answers.get(message.point)) };
    },
    readFields: async (_server, ticketId, names) => {
      await Promise.resolve();
      const record = env.records.get(ticketId);
      return record === undefined
        ? null
        : Object.fromEntries(names.map((name) => [name, record[name] ?? '']));
    },
    openChanges: () => Promise.resolve(null),
    sharedChange: async () => {
      await Promise.resolve();
      return env.shared === null ? null : { ...CHANGE, server: 'servicenow', ...env.shared };
    },
    send: async (message, change) => {
      const fault = strike(env.secureChange.faults, 'send', message.point);
      if (fault?.before) await suffer(fault.before);
      const creates = message.action === 'create';
      if (!creates && change === null && env.shared === null) {
        throw new CallFailure({
          kind: 'rejected',
          system: `itsm/${message.server}`,
          operation: message.action,
          code: 'itsm.no_change',
          message: `the ticket has no change on ${message.server}`,
        });
      }
      const known = env.messages.some(
        (taken) =>
          taken.key === message.key ||
          (creates && taken.action === 'create' && taken.correlationId === message.correlationId),
      );
      if (!known) {
        env.messages.push(message);
        const ticketId = message.correlationId.split('-')[1] ?? '-';
        env.recordEffect('itsm', ticketId, `${message.action} ${message.point}`);
      }
      if (env.shared !== null && message.action === 'close') env.shared = { ...env.shared, isOpen: false };
      if (fault?.after) await suffer(fault.after);
      return { ...CHANGE, server: message.server };
    },
  };
}

/** As the files that all workers share. */
export function fakeKeys(keys: Set<string>): ActivityDeps['openings'] {
  return {
    take: (key) => !keys.has(key) && keys.add(key).has(key),
    giveBack: (key) => void keys.delete(key),
  };
}

/** Registered scripts and a runner that only says it ran them. */
export function fakeScripts(env: FakeEnvironment): ActivityDeps['scripts'] {
  const entries = (): ScriptEntry[] => [...env.scripts].map(([name, part]) => scriptEntry(name, part));
  return {
    asked: fakeKeys(env.askedQuestions),
    registry: {
      find: (name) => entries().find((entry) => entry.name === name),
      applies: (entry, event) => entry.events.length === 0 || entry.events.includes(event),
      refusedArgs: () => null,
      entries,
    },
    runner: {
      run: async ({ name, kind }) => {
        const fault = strike(env.secureChange.faults, 'runScript', name);
        if (fault?.before) await suffer(fault.before);
        // A probe reads only: it may run within a push.
        if (kind !== 'pendingChanges') env.recordEffect('script', '-', name);
        if (fault?.after) await suffer(fault.after);
        return {
          outcome: 'exited',
          exitCode: 0,
          signal: null,
          stdout: 'done',
          stderr: '',
          stdoutSha256: '',
          startedAtMs: env.time.nowMs,
          endedAtMs: env.time.nowMs,
          ...env.scriptResults.get(name)?.shift(),
        };
      },
    },
  };
}

function scriptEntry(name: string, part: Partial<ScriptEntry>): ScriptEntry {
  return {
    name,
    executable: `/scripts/${name}`,
    kind: 'event',
    onFailure: null,
    owner: null,
    interpreter: null,
    legacyPaths: [],
    sha256: null,
    runs: 'driven',
    events: [],
    workflows: [],
    steps: [],
    timeoutMs: 5_000,
    reply: 'accepted',
    replyWithinMs: 10_000,
    arguments: null,
    concurrency: null,
    retry: { attempts: 1, waitMs: 0 },
    env: {},
    ...part,
  };
}
