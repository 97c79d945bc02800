import { CALENDAR_EDITED, type TicketEvent } from '../src/domain/event.js';
import { withIgnored } from '../src/domain/ignored.js';
import { instantText } from '../src/domain/instant-text.js';
import { takesMore } from '../src/domain/most-waiting.js';
import type { PushCall } from '../src/domain/push.js';
import type { Engine } from './engine.js';
import type { LaneNews } from './messages.js';
import type { TicketDisplay } from './ticket-display.js';
import type { Carried, Place, SignalledEnd, TicketState } from './ticket-state.js';

/** Results are long; together with the rest they must be small enough for a run that continues as new. */
const CARRIED_LENGTH = 300_000;
/**
 * Most characters of JSON that wait in scripts: signatures are checked later, so events with a false one count as well. With what
 * else a run carries it stays below the 2 MB that the server takes.
 */
const SCRIPTS_LENGTH = 600_000;

/** What mediators, the sweep and lanes signal to one ticket. The handlers must not throw. */
export class TicketInbox {
  private readonly state: TicketState;
  private readonly engine: Engine;
  private readonly display: TicketDisplay;
  /** Length of each waiting script as JSON, counted once. */
  private readonly lengths = new WeakMap<object, number>();

  constructor(state: TicketState, engine: Engine, display: TicketDisplay) {
    this.state = state;
    this.engine = engine;
    this.display = display;
  }

  reported(event: TicketEvent): void {
    const { state } = this;
    const { key, name, ticketId, receivedAtMs: atMs, script, signature, ...rest } = event;
    if (ticketId !== state.ticketId) {
      this.ignored('ticketReported', 'it is about another ticket');
      return;
    }
    const duplicate = state.seenKeys.includes(key);
    if (!duplicate) state.seenKeys = [...state.seenKeys, key].slice(-200);
    if (name === CALENDAR_EDITED && !duplicate) this.calendarEdited();
    const stage = event.info?.stage?.name ?? null;
    const source = unverified(event.source);
    state.lastEvents = [...state.lastEvents, { key, name, source, atMs, stage, duplicate }].slice(-10);
    const plain = { ...rest, key, name, ticketId, receivedAtMs: atMs };
    // It has no signature: its script is not run, so it is not kept.
    if (signature === undefined) this.enqueue(plain);
    else this.enqueue({ ...plain, signature, ...(script && { script }) });
  }

  private calendarEdited(): void {
    this.state.calendarEdits += 1;
    if (this.state.windowBasis !== null) this.display.note('calendar edited: the windows are planned again');
  }

  /** Many events need one reading only; an event that names a script is kept, up to a limit. */
  private enqueue(event: TicketEvent): void {
    const { state } = this;
    if (event.script !== undefined && !this.fits(event.script)) {
      this.ignored('ticketReported', `script ${event.script.name}: too many scripts are waiting`);
      // Without its script the signature does not match, and the event is a reason to read like every other one.
      const { script: _script, signature: _signature, ...plain } = event;
      state.queue.push(plain);
    } else state.queue.push(event);
    if (takesMore('events', state.queue.length - 1)) return;
    const oldest = state.queue.findIndex(({ script }) => script === undefined);
    state.queue.splice(oldest, 1);
  }

  private fits(script: NonNullable<TicketEvent['script']>): boolean {
    const { state } = this;
    const queued = [...state.queue, ...state.scripts.map((each) => each.event)];
    const waiting = queued.flatMap((event) => event.script ?? []);
    if (waiting.length === 0) return true;
    const length = waiting.reduce((sum, each) => sum + this.lengthOf(each), this.lengthOf(script));
    return takesMore('scripts', waiting.length) && length <= SCRIPTS_LENGTH;
  }

  private lengthOf(script: object): number {
    const length = this.lengths.get(script) ?? JSON.stringify(script).length;
    this.lengths.set(script, length);
    return length;
  }

  /** The signature of an event is valid: the view shows it as verified. */
  markVerified({ key, name, source, receivedAtMs, scriptRefused }: TicketEvent): void {
    const { state } = this;
    if (scriptRefused !== undefined)
      this.display.note(`script ${scriptRefused.name} on ${name} was not run: ${scriptRefused.reason}`);
    state.lastEvents = state.lastEvents.map((shown) =>
      shown.key === key && shown.atMs === receivedAtMs && shown.source === unverified(source)
        ? { ...shown, source }
        : shown,
    );
  }

  /** Counts and notes an ignored message. */
  ignored(message: string, why: string): void {
    const { state } = this;
    state.ignored = withIgnored(state.ignored, { atMs: this.engine.nowMs(), message, why });
    this.display.publish();
  }

  /** News of a lane count only for a place of the ticket in that lane. */
  laneNews(news: LaneNews): void {
    const place = this.state.places.find(
      ({ laneKey, target }) => laneKey === news.laneKey && target === news.target,
    );
    if (place === undefined) {
      const isNew = news.kind !== 'ended' || news.n > (this.state.readPushes[news.target] ?? 0);
      if (isNew || isReverted(news)) this.newsWithoutPlace(news);
      return;
    }
    // A lane repeats its signals: one about a push whose result is known is old, unless firewalls took that back.
    if ('n' in news && news.n <= (this.state.readPushes[news.target] ?? 0)) {
      if (isReverted(news)) this.newsWithoutPlace(news);
      return;
    }
    // A push of the place before this one, which the ticket left: the lane may not have this one yet.
    if (news.kind === 'back' && place.n !== news.n) return;
    place.enrolled = true;
    switch (news.kind) {
      case 'carried':
        place.n = news.n;
        place.notice = null;
        this.progress(news.target, 'running', news.n);
        break;
      case 'back':
        place.n = null;
        this.progress(news.target, 'todo');
        break;
      case 'ended':
        ended(place, { n: news.n, result: news.result, signature: news.signature ?? '' });
        break;
      case 'missed':
        place.missed = true;
        break;
      case 'notice':
        place.notice = news.notice;
        break;
      case 'asks':
        place.n = news.n;
        place.question = news.message === null ? null : { call: news.call, message: news.message };
        this.progress(news.target, news.message === null ? 'running' : 'unknown', news.n, news.call);
        break;
      case 'replanned':
        this.replanned(news);
    }
  }

  /**
   * What it saved went live after it had left, because a named person accepted it; or what was live was reverted. Nothing else
   * counts without a place.
   */
  private newsWithoutPlace(news: LaneNews): void {
    const { carriedBy, lanes } = this.state;
    const { laneKey, target } = news;
    // The lane starts a run of a ticket that has ended for this news: that run knows no lanes.
    const isOurs = lanes.includes(laneKey) || (this.state.status === 'unread' && isReverted(news));
    const counts = news.kind === 'ended' && (news.result.kind === 'live' || isReverted(news));
    if (!counts || !isOurs || isFull(carriedBy)) {
      this.ignored('laneNews', `the ticket has no such place in lane ${laneKey}`);
      return;
    }
    const { n, result, signature = '' } = news;
    // One without a valid signature may come before the true one.
    const isKnown = carriedBy.some(
      (known) => known.target === target && known.n === n && known.signature === signature,
    );
    if (!isKnown) carriedBy.push({ laneKey, target, n, result, signature });
  }

  /** What a push does for a target: it saves it if it is not saved, else makes it live. */
  private progress(
    managementId: string,
    progress: 'running' | 'todo' | 'unknown',
    n?: number,
    call?: PushCall,
  ): void {
    const target = this.state.targets.find((one) => one.managementId === managementId);
    if (target === undefined) return;
    const isSaved = target.update === 'done' || target.update === 'notNeeded';
    const what = call ?? (target.enforcedBy === 'commit' && isSaved ? 'commit' : 'update');
    if (call === 'commit' && target.update === 'running') target.update = 'done';
    if (target[what] !== 'done' && target[what] !== 'notNeeded') target[what] = progress;
    if (n !== undefined) target.push = n;
  }

  private replanned({ next, ...named }: Extract<LaneNews, { kind: 'replanned' }>): void {
    const { state } = this;
    const before = state.window?.calendar;
    const calendar = named.calendar ?? before;
    if (state.window !== null)
      state.window = {
        calendar: calendar ?? state.window.calendar,
        zone: named.zone ?? state.window.zone,
        next,
      };
    if (state.waiting?.for === 'window')
      state.waiting = { ...state.waiting, untilMs: next?.opensAtMs ?? null };
    this.display.note(
      `calendar ${calendar === before ? 'edited' : `${calendar ?? '-'} counts now, not ${before ?? '-'}`}: ${next === null ? 'no opening' : `opens ${instantText(next.opensAtMs)}`}`,
    );
    this.display.publish();
  }
}

/** What is unread stays. */
function ended(place: Place, end: SignalledEnd): void {
  if (place.result === null) Object.assign(place, end);
  else if (place.signature !== end.signature && takesMore('results', place.later.length))
    place.later.push(end);
}

function isFull(carriedBy: readonly Carried[]): boolean {
  return !takesMore('carriedBy', carriedBy.length) || JSON.stringify(carriedBy).length > CARRIED_LENGTH;
}

function isReverted(news: LaneNews): boolean {
  return news.kind === 'ended' && news.result.kind === 'reverted';
}

function unverified(source: TicketEvent['source']): string {
  return `unverified:${source}`;
}
