import { createFeed } from '../../src/calendar/feed.js';
import { rules, weekly } from '../calendar/rules.js';
import { createHash } from 'node:crypto';

import type { IntakeClient, OrchestratorClient, TicketFilter } from '../../packages/client/src/contract.js';
import type { CommandResult, SignedCommand } from '../../src/domain/commands.js';
import type { TicketEvent } from '../../src/domain/event.js';
import type { Traces } from '../../src/domain/traces.js';
import { createCallers, type Callers, type Credential } from '../../src/gateway/callers.js';
import type { PayloadServer } from '../../src/gateway/codec-routes.js';
import { createGateway } from '../../src/gateway/create-gateway.js';
import { createGatewayMetrics, type GatewayMetrics } from '../../src/gateway/metrics.js';
import type { GatewayLimits, GatewaySettings } from '../../src/gateway/gateway-settings.js';
import type { SecondPersonRules } from '../../src/gateway/second-person.js';
import type { QuestionResult, ScriptQuestion } from '../../src/domain/script-question.js';
import type { NewTicketResult, SignedNewTicket } from '../../src/domain/new-ticket.js';
import type { ScriptReply } from '../../src/domain/script-reply.js';
import type { OidcProvider } from '../../src/oidc/provider.js';
import { createScriptRegistry } from '../../src/scripts/script-registry.js';
import type { ScriptEntry } from '../../src/domain/script-entry.js';

export const ACTOR_KEY = 'a key that gateway and workers share';
export const MEDIATOR = { user: 'mediator', password: 'mediator password' } as const;
export const TOKENS = {
  olga: 'olga-operator-token',
  anna: 'anna-approver-token',
  vera: 'vera-viewer-token',
} as const;

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const CREDENTIALS: readonly Credential[] = [
  { kind: 'basic', login: MEDIATOR.user, roles: ['mediator'], sha256: hash(MEDIATOR.password) },
  { kind: 'bearer', login: 'olga', roles: ['operator'], sha256: hash(TOKENS.olga) },
  { kind: 'bearer', login: 'anna', roles: ['approver'], sha256: hash(TOKENS.anna) },
  { kind: 'bearer', login: 'vera', roles: ['viewer'], sha256: hash(TOKENS.vera) },
];

export function scriptEntry(entry: Partial<ScriptEntry> & { readonly name: string }): ScriptEntry {
  return {
    executable: null,
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
    ...entry,
  };
}

/** Temporal as the gateway sees it: what reached it, and what it does next. */
export interface FakeTemporal {
  readonly reports: TicketEvent[];
  readonly commands: SignedCommand[];
  readonly filters: TicketFilter[];
  report: () => Promise<void>;
  readonly opened: SignedNewTicket[];
  open: () => Promise<NewTicketResult>;
  readonly asked: ScriptQuestion[];
  ask: (question: ScriptQuestion) => Promise<QuestionResult>;
  readonly awaited: unknown[];
  scriptReply: () => Promise<ScriptReply>;
  operate: (command: SignedCommand) => Promise<CommandResult>;
  read: () => Promise<unknown>;
  ready: () => Promise<boolean>;
}

export interface RunningGateway {
  readonly url: string;
  readonly temporal: FakeTemporal;
  /** Everything the gateway logged, as text. */
  readonly logged: string[];
  readonly clock: { nowMs: number };
  readonly metrics: GatewayMetrics;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly scripts?: readonly ScriptEntry[];
  readonly limits?: Partial<GatewayLimits>;
  readonly settings?: Partial<GatewaySettings>;
  readonly credentials?: readonly Credential[];
  readonly signing?: Readonly<Record<string, readonly string[]>>;
  readonly secondPerson?: SecondPersonRules;
  readonly oidc?: OidcProvider;
  readonly codec?: PayloadServer;
  readonly traces?: Traces;
  /** In the place of all these. */
  readonly callers?: Callers;
  /** What the client answers; everything else is as `temporal.read` says. */
  readonly client?: Partial<OrchestratorClient>;
}

/** Open each night, and on the manager CMA only in the first hour of it. */
const FEED_CALENDARS = [
  rules({ name: 'nightly', weekly: [weekly({ start: '22:00', durationMs: 4 * 3_600_000 })] }),
  rules({ name: 'cma', weekly: [weekly({ start: '22:00', durationMs: 3_600_000 })] }),
];
const FEED_SOURCE = {
  calendar: (name: string) => FEED_CALENDARS.find((one) => one.name === name),
  calendarNames: () => FEED_CALENDARS.map(({ name }) => name),
  scope: () => ({
    calendarNames: ['nightly', 'cma'],
    processes: [{ name: 'web', workflow: 'Web change', window: { calendar: 'nightly', perTarget: {} } }],
    managers: [{ name: 'CMA', policy: { calendar: 'cma' } }],
    tagsOf: () => [],
  }),
};

export const NOW_MS = Date.UTC(2026, 10, 22, 10, 0, 0);

/** A gateway on a free loopback port in front of a Temporal that is not there. */
export async function startGateway(options: GatewayOptions = {}): Promise<RunningGateway> {
  const temporal: FakeTemporal = {
    reports: [],
    commands: [],
    filters: [],
    report: async () => {},
    opened: [],
    open: async () => ({ kind: 'open', ticketId: '1201', isNew: true, contents: {} }),
    asked: [],
    ask: async () => ({ kind: 'failed', why: 'it was not asked' }),
    awaited: [],
    scriptReply: async () => ({ kind: 'unknown' }),
    operate: async () => ({ accepted: true, code: 'done', message: 'done' }),
    read: async () => ({ fake: true }),
    ready: async () => true,
  };
  const intake: IntakeClient = {
    async report(event) {
      temporal.reports.push(event);
      await temporal.report();
      return { workflowId: `ticket/${event.ticketId}`, runId: 'run' };
    },
    async scriptReply(delivery, options) {
      temporal.awaited.push({ ...delivery, ...options });
      return temporal.scriptReply();
    },
    openTicket(ticket) {
      temporal.opened.push(ticket);
      return temporal.open();
    },
    async ask(question) {
      temporal.asked.push(question);
      return temporal.ask(question);
    },
    operate(command) {
      temporal.commands.push(command);
      return temporal.operate(command);
    },
    ready: () => temporal.ready(),
  };
  const read = () => temporal.read() as Promise<never>;
  const client: OrchestratorClient = {
    tickets: {
      get: read,
      list(filter) {
        temporal.filters.push(filter ?? {});
        return read();
      },
      async page(filter) {
        temporal.filters.push(filter);
        return { rows: await read(), next: null };
      },
      message: read,
      history: read,
      waitFor: read,
      watch: () => {
        throw new Error('the gateway does not watch');
      },
    },
    lanes: { list: read, get: read, windows: read },
    releases: { list: read, use: read, renew: read },
    workflows: { failing: async () => ({ failing: [], undecodable: [], examined: 0, more: false }) },
    control: { get: read },
    evidence: { export: read },
    status: {
      configurations: read,
      attention: read,
      parked: read,
      unread: read,
      nextOpening: read,
      tickets: read,
      lastSweep: read,
      queues: read,
    },
    close: async () => {},
    ...options.client,
  };
  const logged: string[] = [];
  const log = (facts: object, message: string): void =>
    void logged.push(`${message} ${JSON.stringify(facts)}`);
  const clock = { nowMs: NOW_MS };
  const metrics = createGatewayMetrics();
  const gateway = createGateway({
    secondPerson: {
      rules: () => options.secondPerson ?? { serviceAccounts: [], startAlone: [] },
      isOpen: (calendar) => {
        if (calendar !== 'nights') throw new Error(`there is no calendar ${calendar}`);
        return clock.nowMs !== NOW_MS;
      },
    },
    calendars: () => FEED_CALENDARS,
    metrics,
    traces: options.traces ?? null,
    codec: options.codec ?? null,
    feed: createFeed(FEED_SOURCE, () => clock.nowMs),
    intake,
    client,
    scripts: createScriptRegistry(options.scripts ?? [scriptEntry({ name: 'ticket-events' })]),
    oidc: options.oidc ?? null,
    callers:
      options.callers ?? createCallers([...CREDENTIALS, ...(options.credentials ?? [])], options.signing),
    settings: {
      host: '127.0.0.1',
      port: 0,
      tls: null,
      allowPlainHttp: false,
      temporalUiUrl: 'http://temporal.example/namespaces/default',
      actorKey: ACTOR_KEY,
      ...options.settings,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    },
    clock: { now: () => clock.nowMs },
    log: { info: log, warn: log, error: log },
  });
  const { url, close } = await gateway.listen();
  return { url, close, temporal, logged, clock, metrics };
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
