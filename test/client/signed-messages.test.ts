import { canonicalCommand, type SignedCommand } from '../../src/domain/commands.js';
import { canonicalLaneMessage } from '../../src/domain/lane-ending.js';
import { canonicalNewTicket, type SignedNewTicket } from '../../src/domain/new-ticket.js';
import { canonicalReport } from '../../src/domain/report.js';
import { canonicalQuestion, type ScriptQuestion } from '../../src/domain/script-question.js';
import { questionOf } from '../../src/domain/itsm-commands.js';
import type { TicketEvent } from '../../src/domain/event.js';
import { NEW_TICKET } from '../support/new-ticket.js';

const COMMAND: Omit<SignedCommand, 'signature'> = {
  command: { kind: 'retry' },
  reason: 'because',
  key: 'key-0001',
  workflowId: 'ticket/4711',
  actor: { login: 'olga', roles: ['operator'] },
  issuedAtMs: 1_000,
};
const EVENT: TicketEvent = {
  key: 'event-1',
  ticketId: '4711',
  name: 'ADVANCE',
  source: 'mediator',
  receivedAtMs: 1_000,
  info: null,
  script: { name: 'owner', args: ['1'], ticketInfoXml: '<a/>', ticketInfoSha256: 'a', runs: 'driven' },
} as unknown as TicketEvent;
const QUESTION: Omit<ScriptQuestion, 'signature'> = {
  kind: 'condition',
  key: 'q-1',
  script: 'owner',
  args: ['1'],
  input: '<a/>',
  inputSha256: 'a',
  deadlineMs: 5_000,
  issuedAtMs: 1_000,
};
const TICKET: Omit<SignedNewTicket, 'signature'> = { ...NEW_TICKET, issuedAtMs: 1_000 };

interface Row {
  readonly text: string;
  /** Each is another message: no signature of the first may hold for it. */
  readonly others: Readonly<Record<string, string>>;
}

/** The table of SECURITY.md: what each names, and that a time or a number is part of it. */
const SIGNED: Readonly<Record<string, Row>> = {
  command: {
    text: canonicalCommand(COMMAND),
    others: {
      time: canonicalCommand({ ...COMMAND, issuedAtMs: 1_001 }),
      key: canonicalCommand({ ...COMMAND, key: 'key-0002' }),
      workflow: canonicalCommand({ ...COMMAND, workflowId: 'ticket/4712' }),
      person: canonicalCommand({ ...COMMAND, actor: { ...COMMAND.actor, login: 'anna' } }),
      roles: canonicalCommand({ ...COMMAND, actor: { ...COMMAND.actor, roles: ['operator', 'approver'] } }),
      command: canonicalCommand({ ...COMMAND, command: { kind: 'skip' } }),
    },
  },
  report: {
    text: canonicalReport(EVENT),
    others: {
      time: canonicalReport({ ...EVENT, receivedAtMs: 1_001 }),
      key: canonicalReport({ ...EVENT, key: 'event-2' }),
      ticket: canonicalReport({ ...EVENT, ticketId: '4712' }),
      event: canonicalReport({ ...EVENT, name: 'REDO' }),
      script: canonicalReport({ ...EVENT, script: { ...EVENT.script!, name: 'other' } }),
      arguments: canonicalReport({ ...EVENT, script: { ...EVENT.script!, args: ['2'] } }),
      input: canonicalReport({ ...EVENT, script: { ...EVENT.script!, ticketInfoSha256: 'b' } }),
    },
  },
  'question to a script': {
    text: canonicalQuestion(QUESTION),
    others: {
      time: canonicalQuestion({ ...QUESTION, issuedAtMs: 1_001 }),
      key: canonicalQuestion({ ...QUESTION, key: 'q-2' }),
      kind: canonicalQuestion({ ...QUESTION, kind: 'riskAnalysis' }),
      script: canonicalQuestion({ ...QUESTION, script: 'other' }),
      arguments: canonicalQuestion({ ...QUESTION, args: [] }),
      input: canonicalQuestion({ ...QUESTION, inputSha256: 'b' }),
    },
  },
  'ticket of an ITSM': {
    text: canonicalNewTicket(TICKET),
    others: {
      time: canonicalNewTicket({ ...TICKET, issuedAtMs: 1_001 }),
      record: canonicalNewTicket({ ...TICKET, externalId: 'CHG0030002' }),
      requester: canonicalNewTicket({ ...TICKET, onBehalfOf: 'r.meier' }),
      caller: canonicalNewTicket({ ...TICKET, by: 'other' }),
      subject: canonicalNewTicket({ ...TICKET, subject: 'web shop' }),
    },
  },
  'message to a lane': {
    text: canonicalLaneMessage('20', 'laneCallNotMade', { n: 1, runId: 'r' }),
    others: {
      number: canonicalLaneMessage('20', 'laneCallNotMade', { n: 2, runId: 'r' }),
      run: canonicalLaneMessage('20', 'laneCallNotMade', { n: 1, runId: 's' }),
      lane: canonicalLaneMessage('21', 'laneCallNotMade', { n: 1, runId: 'r' }),
      message: canonicalLaneMessage('20', 'lanePushEnded', { n: 1, runId: 'r' }),
    },
  },
};

describe('what is signed', () => {
  it.each(Object.entries(SIGNED))('names all that its meaning depends on: %s', (_name, { text, others }) => {
    const texts = [text, ...Object.values(others)];
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('of one kind passes for no other', () => {
    const roots = Object.values(SIGNED).map(({ text }) => Object.keys(JSON.parse(text) as object).join());
    expect(new Set(roots).size).toBe(roots.length);
  });
});

describe('the question to an ITSM', () => {
  const content = { requestDigest: 'r'.repeat(64), riskDigest: null, designDigest: 'd'.repeat(64) };
  const state = { ticketId: '214', epoch: 2 };
  const asked = { name: 'cab', askedAtMs: 1_000, content };

  it('is another one for another ticket, approval, epoch, time and content', () => {
    const all = [
      questionOf(state, asked),
      questionOf({ ...state, ticketId: '215' }, asked),
      questionOf({ ...state, epoch: 3 }, asked),
      questionOf(state, { ...asked, name: 'business' }),
      questionOf(state, { ...asked, askedAtMs: 1_001 }),
      questionOf(state, { ...asked, content: { ...content, riskDigest: 'k' } }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(all[0]).toBe(`214.cab.2.1000.${'r'.repeat(16)}.-.${'d'.repeat(16)}`);
  });

  it('fits into a message with the longest name', () => {
    expect(questionOf(state, { ...asked, name: 'a'.repeat(64), askedAtMs: Date.now() }).length).toBeLessThan(
      255,
    );
  });
});
