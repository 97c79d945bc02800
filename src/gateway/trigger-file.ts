import type { RequestHandler } from 'express';

import { ClientError } from '../../packages/client/src/contract.js';
import type { IntakeClient } from '../../packages/client/src/contract.js';
import { digestOfXml, signReport } from '../../packages/client/src/sign.js';
import type { TicketEvent, TicketInfo } from '../domain/event.js';
import type { ScriptEntry } from '../domain/script-entry.js';
import { QUESTIONS } from '../domain/script-question.js';
import type { Traces } from '../domain/traces.js';
import { isOwnCall } from '../domain/script-entry.js';
import type { ScriptAnswer, ScriptReply } from '../domain/script-reply.js';
import type { ScriptRegistry } from '../scripts/scripts.js';
import {
  BadTicketInfo,
  eventKey,
  parseTicketInfo,
  type ParsedTicketInfo,
} from '../securechange/event-xml.js';
import { rawBody } from './authenticate.js';
import type { GatewayClock, GatewayLimits, GatewayLog } from './gateway-settings.js';
import type { GatewayMetrics } from './metrics.js';
import { Problem } from './problem.js';
import type { TriggerPayload } from './trigger-payload.js';
import { decodeTicketInfo, parseTriggerPayload } from './trigger-payload.js';
import { orTooLate } from './too-late.js';

export interface TriggerDeps {
  readonly intake: IntakeClient;
  readonly scripts: ScriptRegistry;
  readonly clock: GatewayClock;
  readonly log: GatewayLog;
  readonly limits: GatewayLimits;
  readonly metrics: Pick<GatewayMetrics, 'acknowledged'>;
  readonly traces: Pick<Traces, 'note' | 'failed'> | null;
  readonly actorKey: string;
}

/** `POST /trigger_file`: a 200 means that Temporal has stored the event, or that it was a test that touches nothing. */
export function triggerFile({
  intake,
  scripts,
  clock,
  log,
  limits,
  metrics,
  traces,
  actorKey,
}: TriggerDeps): RequestHandler {
  let waiting = 0;
  const replyTo = async (event: TicketEvent, runId: string, entry: ScriptEntry): Promise<ScriptReply> => {
    if (waiting >= limits.maxWaitingForScripts) return { kind: 'unknown' };
    waiting += 1;
    try {
      const { ticketId, key: eventKey, receivedAtMs } = event;
      const delivery = { ticketId, runId, eventKey, receivedAtMs, script: entry.name };
      const deadlineMs = entry.replyWithinMs;
      return await orTooLate(deadlineMs + 200, intake.scriptReply(delivery, { deadlineMs }));
    } catch {
      return { kind: 'unknown' };
    } finally {
      waiting -= 1;
    }
  };
  return async (request, response) => {
    const payload = parseTriggerPayload(rawBody(request));
    const entry = scripts.find(payload.script);
    if (payload.event === 'TEST') {
      response.json(testAnswer(entry));
      return;
    }
    const xml = decodeTicketInfo(payload.ticketInfo, limits.maxXmlBytes);
    const parsed = readInfo(xml, payload);
    if (parsed.kind === 'test') {
      response.json(testAnswer(entry));
      return;
    }
    const { info } = parsed;
    if (entry === undefined) {
      log.warn({ ticketId: info.id, event: payload.event }, 'event refused: its script is not registered');
      throw new Problem('unknown_script');
    }
    if (entry.kind !== 'event') {
      throw new Problem('unknown_script', {
        note: isOwnCall(entry.kind)
          ? 'This one is called by the orchestrator itself, for no event.'
          : `This one answers questions: send it to /scripts/${QUESTIONS[entry.kind].path}.`,
      });
    }
    const receivedAtMs = clock.now();
    const event: TicketEvent = {
      key: eventKey(payload.event, parsed),
      name: payload.event,
      ticketId: info.id,
      source: 'mediator',
      receivedAtMs,
      info,
      ...scriptPart(scripts, entry, payload, info, xml),
    };
    traces?.note({ 'sco.ticket': event.ticketId, 'sco.event': event.name });
    let runId: string;
    try {
      // A little less than we wait, so that the client's own reason wins.
      const deadlineMs = Math.max(50, limits.reportDeadlineMs - 200);
      const report = intake.report(signReport(event, actorKey), { deadlineMs });
      ({ runId } = await orTooLate(limits.reportDeadlineMs, report));
    } catch (error) {
      log.error(
        { ticketId: info.id, event: event.name, reason: reasonOf(error) },
        'event not stored: Temporal did not confirm it',
      );
      throw new Problem('temporal_away', { retryAfterSeconds: 2, cause: error });
    }
    metrics.acknowledged(event.name);
    log.info({ ticketId: info.id, event: event.name, key: event.key }, 'event stored');
    const refused = event.scriptRefused;
    if (refused !== undefined) {
      log.warn(
        { ticketId: info.id, event: event.name, script: refused.name, reason: refused.reason },
        'script refused: its arguments are not allowed',
      );
    }
    const reply =
      event.script?.reply === 'result'
        ? await replyTo(event, runId, entry)
        : ({ kind: 'notAwaited' } as const);
    response.json(answerOf(reply, info.id, entry.name, refusalText(refused)));
  };
}

/** A test: `<ticket_info/>`, or the word `test` from a caller that sent no ticket at all. */
function readInfo(xml: Buffer, { args }: TriggerPayload): ParsedTicketInfo {
  // The word alone does not make a test: with a ticket behind it, answering 200 would lose its event.
  if (xml.length === 0 && args.kind === 'words' && args.words[0] === 'test') return { kind: 'test' };
  try {
    return parseTicketInfo(xml);
  } catch (error) {
    if (error instanceof BadTicketInfo)
      throw new Problem('bad_xml', { note: `${error.message}.`, cause: error });
    throw error;
  }
}

/** The script that goes along with the event, or why it does not: never a reason to refuse the event. */
function scriptPart(
  scripts: ScriptRegistry,
  entry: ScriptEntry,
  { event, args }: TriggerPayload,
  info: TicketInfo,
  xml: Buffer,
): Pick<TicketEvent, 'script' | 'scriptRefused'> {
  const { name } = entry;
  if (entry.executable === null || !scripts.applies(entry, event, info.stage?.name ?? null)) return {};
  if (args.kind === 'refused') return { scriptRefused: { name, reason: args.reason } };
  const reason = scripts.refusedArgs(entry, args.words);
  if (reason !== null) return { scriptRefused: { name, reason } };
  const ticketInfoXml = xml.toString('utf8');
  const ticketInfoSha256 = digestOfXml(ticketInfoXml);
  return {
    script: {
      name,
      args: args.words,
      ticketInfoXml,
      ticketInfoSha256,
      ...(entry.runs === 'always' && { runs: entry.runs }),
      ...(entry.reply === 'result' && { reply: entry.reply }),
    },
  };
}

/** Whatever became of the script, the event is stored: only a result makes the mediator fail. */
function answerOf(
  reply: ScriptReply | { readonly kind: 'notAwaited' },
  ticketId: string,
  script: string,
  refusal: string,
): ScriptAnswer {
  const accepted = `accepted for ticket ${ticketId}\n`;
  switch (reply.kind) {
    case 'ended':
      return reply.answer;
    case 'notAwaited':
      return { output: `${accepted}${refusal}`, error: null };
    case 'notRun':
      return { output: `${accepted}The script ${script} is not run: ${reply.why}.\n`, error: null };
    case 'running':
    case 'unknown':
      return {
        output: `${accepted}The script ${script} has not ended yet; its result: sco ticket history ${ticketId}\n`,
        error: null,
      };
  }
}

/** Not an error: SecureChange would run the mediator again, and the event is stored. */
function refusalText(refused: TicketEvent['scriptRefused']): string {
  if (refused === undefined) return '';
  return `The script ${refused.name} is NOT run: ${refused.reason}. Correct the arguments in SecureChange.\n`;
}

/** Never the message: it may hold what we were sent. */
function reasonOf(error: unknown): string {
  if (error instanceof ClientError) return error.code;
  return error instanceof Error ? error.name : typeof error;
}

function testAnswer(entry: ScriptEntry | undefined): { output: string; error: null } {
  const known =
    entry === undefined
      ? 'The script it names is NOT registered: real events will be refused. Add it to scripts.yaml.'
      : `It names the script ${entry.name}.`;
  return {
    output: `Test answered by securechange-orchestrator; nothing was touched. ${known}\n`,
    error: null,
  };
}
