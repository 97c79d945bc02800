import { cleanLine } from '../src/domain/clean-text.js';
import { done, wrongState, type CommandResult } from '../src/domain/commands.js';
import type { Delivery, QueuedMessage } from '../src/domain/outbox.js';
import { wasCancelled, type FailureFacts } from '../src/domain/failure.js';
import { evidenceOfFailure } from '../src/domain/parking.js';
import type { Mapped } from '../src/domain/response-mapping.js';
import type { Activities } from '../activities/index.js';
import { changeTicket, mappedOfChange, queueFields } from './ticket-changes.js';
import type { TicketRun } from './ticket-run.js';
import type { TicketState } from './ticket-state.js';

type CallAnswer = Awaited<ReturnType<Activities['callPoint']>>;

const DELIVERED_KEPT = 20;

/** Sends the messages in order, one at a time. A message that is refused waits for an operator. */
export async function sendMessages(run: TicketRun): Promise<void> {
  const { state, engine } = run;
  for (;;) {
    await engine.condition(
      () => state.outbox.length > 0 && state.outboxBlocked === null && state.held === null,
    );
    const message = state.outbox[0];
    if (message === undefined) continue;
    state.outboxSendingSinceMs = engine.nowMs();
    // A command about the message ends the attempt; the next one looks it up before it sends.
    run.sending = engine.scope(async () => send(run, message));
    await run.sending.done;
    run.sending = null;
    state.outboxSendingSinceMs = null;
    run.display.publish();
  }
}

async function send(run: TicketRun, message: QueuedMessage): Promise<void> {
  const { state, engine } = run;
  try {
    const mapped = await deliver(run, message);
    state.outbox = state.outbox.filter((queued) => queued.number !== message.number);
    if (mapped !== null) queueFields(run, message, mapped);
  } catch (error) {
    const failure = engine.failureOf(error);
    if (failure === null) throw error;
    // It was dropped meanwhile, or its attempt was ended by a command or by continue-as-new: the next one looks it up.
    if (state.outbox[0]?.number !== message.number || wasCancelled(failure)) return;
    state.outboxBlocked = `${message.point}: ${failure.message} (${evidenceOfFailure(failure)})`;
    state.outboxBlockedSinceMs = engine.nowMs();
    run.display.note(`${receiverOf(message)} does not accept message ${message.point}: ${failure.message}`);
  }
}

/** Sends one message; what its answer says for fields of the ticket. */
async function deliver(run: TicketRun, message: QueuedMessage): Promise<Mapped | null> {
  const { state, activities } = run;
  if (message.action === 'ticket') {
    const { said, applies } = await changeTicket(run, message);
    recordDelivery(run, message, applies ? 'acknowledged' : 'dropped', said);
    run.display.note(`${message.point}: ${said}`);
    return null;
  }
  if (message.call === undefined && message.action !== 'mail') {
    const { leftOpen, ...change } = await activities.sendMessage({ message, change: state.itsm });
    state.itsm = change;
    if (leftOpen !== undefined) {
      recordDelivery(run, message, 'dropped', leftOpen);
      run.display.note(`not sent: ${message.point}: ${leftOpen}`);
      return null;
    }
    recordDelivery(run, message, 'acknowledged', change.number);
    run.display.note(`ITSM ${change.number}: ${message.action} (${message.point})`);
    return mappedOfChange(message, change);
  }
  const { said, mapped } = await makeCall(run, message);
  recordDelivery(run, message, 'acknowledged', said);
  run.display.note(
    `${message.server}: ${message.call?.method ?? message.action} (${message.point}): ${said}`,
  );
  return mapped;
}

function receiverOf({ action }: QueuedMessage): string {
  if (action === 'ticket') return 'SecureChange';
  return action === 'mail' ? 'the mail server' : 'the ITSM';
}

const LONGEST_PAUSE_MS = 5 * 60_000;
/** As long as other messages are tried. */
const LONGEST_TRYING_MS = 3 * 24 * 3_600_000;

/** Repeats a call that was certainly not accepted, and any call that is repeatable; what is unknown is left to a person. */
export async function makeCall(
  { engine, activities }: TicketRun,
  message: QueuedMessage,
): Promise<CallAnswer> {
  const untilMs = engine.nowMs() + LONGEST_TRYING_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await activities.callPoint({ message });
    } catch (error) {
      const failure = engine.failureOf(error);
      if (failure === null || !mayRepeat(failure, message.call?.repeatable === true)) throw error;
      if (engine.nowMs() > untilMs) throw error;
      const pauseMs = failure.retryAfterMs ?? Math.min(1_000 * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
      await engine.condition(() => false, pauseMs, `until ${message.point} is tried again`);
    }
  }
}

/** A worker that was lost may have made the call. */
function mayRepeat({ kind, system }: FailureFacts, repeatable: boolean): boolean {
  if (kind === 'busy') return true;
  return kind === 'transient' && (repeatable || system !== 'temporal');
}

/** A message that was dropped while it was under way, and was acknowledged all the same, is acknowledged. */
export function recordDelivery(
  { state, engine }: TicketRun,
  message: QueuedMessage,
  reached: 'acknowledged' | 'dropped',
  text: string,
): void {
  const delivery: Delivery = {
    ...factsOf(message),
    state: reached,
    sinceMs: engine.nowMs(),
    message: cleanLine(text, 300),
  };
  const others = state.delivered.filter(({ number }) => number !== message.number);
  state.delivered = [...others, delivery].slice(-DELIVERED_KEPT);
}

/** How far a message of the outbox came. */
export function undelivered(state: TicketState, message: QueuedMessage, index: number): Delivery {
  const facts = factsOf(message);
  if (state.outboxBlocked !== null && index === 0)
    return { ...facts, state: 'held', sinceMs: state.outboxBlockedSinceMs, message: state.outboxBlocked };
  if (state.outboxSendingSinceMs !== null && index === 0)
    return { ...facts, state: 'sent', sinceMs: state.outboxSendingSinceMs, message: null };
  if (state.held !== null)
    return {
      ...facts,
      state: 'held',
      sinceMs: state.held.sinceMs,
      message: `${state.held.by} holds the ticket`,
    };
  return { ...facts, state: 'queued', sinceMs: message.queuedAtMs, message: null };
}

function factsOf({ number, point, server, action, body }: QueuedMessage) {
  return { number, point, server, action, sizeBytes: body.length };
}

/** Sends the first message again at once: the refused one, or the one whose attempts wait for their next time. */
export function retryMessage(run: TicketRun, number: number): CommandResult {
  const { state } = run;
  const index = state.outbox.findIndex((message) => message.number === number);
  const [first] = state.outbox;
  if (index < 0 || first === undefined) return notThere(state, number);
  if (index > 0)
    return wrongState(`message ${number} waits behind message ${first.number}, of ${first.point}`);
  if (state.outboxBlocked !== null) state.outboxBlocked = null;
  else if (run.sending !== null) run.sending.cancel();
  else return wrongState(`message ${number} is sent as soon as the ticket is no longer held`);
  return done(
    first.action === 'mail'
      ? `message ${number} is sent again; whether an earlier attempt arrived cannot be asked`
      : `message ${number} is sent again; checks first whether it had arrived`,
  );
}

/** Removes one message; those behind it go on. */
export function dropMessage(run: TicketRun, number: number, by: string, reason: string): CommandResult {
  const { state } = run;
  const index = state.outbox.findIndex((queued) => queued.number === number);
  const message = state.outbox[index];
  if (message === undefined) return notThere(state, number);
  const isUnderWay = index === 0 && run.sending !== null;
  const mayHaveArrived = isUnderWay || (index === 0 && state.outboxBlocked !== null);
  state.outbox = state.outbox.filter((queued) => queued.number !== number);
  if (index === 0) state.outboxBlocked = null;
  if (isUnderWay) run.sending?.cancel();
  const tried = mayHaveArrived ? '; it was tried: look whether it arrived' : '';
  recordDelivery(run, message, 'dropped', `by ${by}: ${cleanLine(reason, 200)}${tried}`);
  return done(`dropped message ${number}, of ${message.point}${tried}`);
}

function notThere({ outbox, delivered }: TicketState, number: number): CommandResult {
  const ended = delivered.find((delivery) => delivery.number === number);
  if (ended !== undefined) return wrongState(`message ${number} is ${ended.state} already`);
  const waiting = outbox.map((message) => message.number).join(', ');
  return wrongState(
    `there is no message ${number}; ${waiting === '' ? 'none waits' : `waiting: ${waiting}`}`,
  );
}
