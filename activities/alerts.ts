import type { Connection } from '@temporalio/client';

import { clientOf } from '../packages/client/src/client-of.js';
import { isReadable, type OrchestratorClient, type UnreadableLane } from '../packages/client/src/contract.js';
import { shareReader } from '../packages/client/src/open-reader.js';
import {
  alertMessage,
  type Alert,
  type AlertKind,
  type AlertReading,
  type AlertRoute,
} from '../src/domain/alerts.js';
import { cleanLine } from '../src/domain/clean-text.js';
import { CallFailure } from '../src/domain/failure.js';
import { instantText } from '../src/domain/instant-text.js';
import type { RenderedMessage } from '../src/domain/outbox.js';
import { systemOfEvidence } from '../src/domain/parking.js';
import { refreshTokenAdvice, refreshTokenText } from '../src/domain/refresh-token.js';
import type { ParkingView } from '../src/domain/view.js';
import type { PolledQueue } from '../src/domain/workers.js';
import { fillIn } from '../src/integrations/placeholders.js';
import type { ActivityDeps } from './contract.js';
import { createGoneWorkers } from './gone-workers.js';
import { createWindowAlarms } from './window-alarms.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface AlertActivities {
  /** What waits for a person now, and which routes may send. Nothing is read while there are no routes. */
  readAlerts: (input: Record<string, never>) => Promise<AlertReading>;
  /** Sends one message with all of them. */
  sendAlerts: (input: {
    readonly route: string;
    readonly alerts: readonly Alert[];
  }) => Promise<{ said: string }>;
}

type Installation = Pick<OrchestratorClient, 'status' | 'lanes' | 'control'>;

/** What this process remembers between two looks. */
interface Watches {
  readonly windowAlarms: () => Promise<readonly Alert[]>;
  readonly goneWorkers: (queues: readonly PolledQueue[]) => readonly Alert[];
}

/** Tickets that are asked what they wait for: the rest is in `sco status`. */
const MOST_TICKETS = 200;
const DAY_MS = 86_400_000;
const BODY = { text: '#text#' };

export function createAlertActivities(
  deps: Pick<
    ActivityDeps,
    'definitions' | 'calendars' | 'itsm' | 'secureChange' | 'temporal' | 'clock' | 'settings'
  >,
  installation: () => Installation = () => ofTemporal(deps.temporal),
): AlertActivities {
  const { definitions, calendars, itsm, temporal, clock, settings } = deps;
  const watches: Watches = {
    windowAlarms: createWindowAlarms(deps),
    goneWorkers: createGoneWorkers({ identity: temporal.options.identity, clock }),
  };

  function isOpen({ calendar }: AlertRoute): boolean {
    if (calendar === null) return true;
    const nowMs = clock.now();
    const { intervals } = calendars.plan({
      calendars: [calendar],
      fromMs: nowMs,
      horizonDays: 1,
      target: null,
    });
    return intervals.some(({ opensAtMs, closesAtMs }) => opensAtMs <= nowMs && nowMs < closesAtMs);
  }

  return {
    async readAlerts() {
      const routes = definitions.alertRoutes();
      if (routes.length === 0) return { alerts: [], unread: [], hasRoutes: false, routes: [] };
      return await withHeartbeat(async () => ({
        ...(await readInstallation(installation(), clock.now(), watches)),
        hasRoutes: true,
        routes: routes.filter(isOpen).map(({ name, kinds, afterMs }) => ({ name, kinds, afterMs })),
      }));
    },

    async sendAlerts({ route: name, alerts }) {
      const route = definitions.alertRoutes().find((one) => one.name === name);
      if (route === undefined)
        throw new CallFailure({
          kind: 'rejected',
          system: 'orchestrator',
          operation: 'send alerts',
          code: 'orchestrator.route_gone',
          message: `servers.yaml has no route ${name} under alerts any more`,
        });
      return await withHeartbeat(async ({ signal }) => {
        const { said } = await itsm.call(messageOf(route, alerts, clock.now(), settings.pageUrl), signal);
        return { said };
      });
    },
  };
}

function ofTemporal(temporal: ActivityDeps['temporal']): Installation {
  return clientOf(shareReader({ connection: temporal.connection as Connection, client: temporal }));
}

function messageOf(
  route: AlertRoute,
  alerts: readonly Alert[],
  nowMs: number,
  pageUrl: string | undefined,
): RenderedMessage {
  const { name, server, to, path, answer } = route;
  const { subject, text } = alertMessage(alerts, pageUrl);
  const key = `alerts/${name}/${alerts.map((one) => one.key).join(',')}/${nowMs}`;
  const common = {
    key,
    point: `alerts/${name}`,
    server,
    correlationId: `sco-alerts-${name}`,
    blocking: false,
  };
  if (path === null) return { ...common, action: 'mail', body: JSON.stringify({ to, subject, text }) };
  const values: Readonly<Record<string, string>> = { subject, text };
  const body = fillIn(route.body ?? BODY, (placeholder) => {
    const value = values[placeholder];
    return value === undefined ? { absent: 'an alert has no such value' } : { value };
  });
  const call = { method: 'POST', path, accept: [200, 201, 202, 204], repeatable: true } as const;
  return {
    ...common,
    action: 'call',
    call: { ...call, ...(answer !== null && { answer }) },
    body: JSON.stringify(body),
  };
}

/** Each part, ticket and lane alone: what cannot be read holds up no other. */
export async function readInstallation(
  { status, lanes, control }: Installation,
  nowMs: number,
  { windowAlarms, goneWorkers }: Watches,
): Promise<Pick<AlertReading, 'alerts' | 'unread'>> {
  const unread: string[] = [];
  const readable = <L extends { readonly key: string }>(
    rows: readonly (L | UnreadableLane)[],
    keys: readonly string[],
  ): readonly L[] => {
    unread.push(
      ...rows.filter((row) => !isReadable(row)).flatMap((row) => keys.map((kind) => `${kind}${row.key}/`)),
    );
    return rows.filter(isReadable);
  };
  const parts: readonly (readonly [keys: readonly string[], () => Promise<readonly Alert[]>])[] = [
    [
      ['parked/', 'unknown/', 'credential/'],
      async () =>
        (await status.parked(MOST_TICKETS)).flatMap(({ ticketId, subject, parkings, unreadable }) => {
          if (unreadable !== null) unread.push(`parked/${ticketId}/`);
          return parkings.map((parking) => ofParking(ticketId, subject, parking));
        }),
    ],
    [
      ['failure/', 'paused/'],
      async () =>
        readable(await lanes.list(), ['failure/', 'paused/']).flatMap(
          ({ key, name, failures, paused }): Alert[] => [
            ...failures.map(({ n, target, message, atMs }) => ({
              key: `failure/${key}/${n}`,
              kind: 'parked' as const,
              sinceMs: atMs,
              reason: `Push ${n} of ${target} on ${name} failed: ${message}`,
              command: `sco lane show ${name}`,
            })),
            ...(paused === null
              ? []
              : [
                  {
                    key: `paused/${key}/${paused.sinceMs}`,
                    kind: 'stopped' as const,
                    sinceMs: paused.sinceMs,
                    reason: `${name} is paused by ${paused.by}: ${paused.reason}`,
                    command: `sco lane show ${name}`,
                  },
                ]),
          ],
        ),
    ],
    [
      ['missed/'],
      async () =>
        readable(await lanes.windows(), ['missed/']).flatMap(({ key, name, missed }) =>
          missed
            .filter(({ closesAtMs }) => closesAtMs > nowMs - DAY_MS)
            .map(({ ticketId, target, targetName, closesAtMs, opensAtMs, why }) => ({
              key: `missed/${key}/${ticketId}/${target}/${closesAtMs}`,
              kind: 'windowMissed' as const,
              sinceMs: closesAtMs,
              reason: `Ticket ${ticketId} missed the window of ${targetName} on ${name} at ${instantText(opensAtMs)}: ${why}`,
              command: `sco ticket show ${ticketId}`,
            })),
        ),
    ],
    [['windowOutside/'], windowAlarms],
    [['workerGone/'], async () => goneWorkers(await status.queues())],
    [
      ['stopped/'],
      async () => {
        const { stopped, by, reason, sinceMs } = await control.get();
        if (!stopped) return [];
        return [
          {
            key: `stopped/${sinceMs ?? '-'}`,
            kind: 'stopped',
            sinceMs: sinceMs ?? nowMs,
            reason: `Pushes are stopped by ${by ?? 'the orchestrator'}: ${reason ?? '-'}`,
            command: 'sco status',
          },
        ];
      },
    ],
    [
      ['token/'],
      async () =>
        (await status.configurations())
          .flatMap(({ refreshTokens = [] }) => refreshTokens)
          .map((token) => ({
            key: `token/${token.server}/${token.expiresAtMs}`,
            kind: 'credential',
            sinceMs: nowMs,
            reason: refreshTokenText(token, nowMs),
            command: refreshTokenAdvice(token).replace(/^.*: (?=sco )/, ''),
          })),
    ],
  ];
  const alerts = new Map<string, Alert>();
  await Promise.all(
    parts.map(async ([keys, read]) => {
      try {
        for (const alert of await read())
          if (!alerts.has(alert.key))
            alerts.set(alert.key, {
              ...alert,
              reason: cleanLine(alert.reason, 300),
              command: cleanLine(alert.command, 200),
            });
      } catch {
        unread.push(...keys);
      }
    }),
  );
  return { alerts: [...alerts.values()], unread };
}

const CREDENTIAL = ['http.unauthorized', 'itsm.token_refused', 'itsm.token_script'];

/** One question about a push is of all its tickets, and a dead credential of all that need it; of two servers there are two. */
function ofParking(ticketId: string, subject: string | null, parking: ParkingView): Alert {
  const { code, target, targetName, reason, evidence, waysOut, sinceMs } = parking;
  const command = waysOut[0]?.hint ?? `sco ticket show ${ticketId}`;
  const where = targetName === null ? `Ticket ${ticketId}` : `Ticket ${ticketId} on ${targetName}`;
  const alert = (kind: AlertKind, key: string): Alert => ({
    key,
    kind,
    sinceMs,
    reason: `${where}${subject === null ? '' : ` (${cleanLine(subject, 80)})`}: ${reason}`,
    command,
  });
  if (code === 'push.unknown') return alert('unknownPush', `unknown/${command}`);
  if (CREDENTIAL.includes(code))
    return alert('credential', `credential/${systemOfEvidence(evidence) ?? '-'}/${code}`);
  return alert('parked', `parked/${ticketId}/${code}/${target ?? '-'}`);
}
