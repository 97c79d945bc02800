import { fewAtOnce } from '../src/domain/few-at-once.js';
import { ticketWorkflowId } from '../src/domain/ids.js';
import type { LaneState } from '../src/domain/lane.js';
import { noticesAt } from '../src/domain/lane-notices.js';
import { memberKey, type Member } from '../src/domain/push.js';
import type { LaneEngine } from './engine.js';
import type { LaneNews } from './messages.js';

/** A ticket whose push ends sooner after its call gets the result only. */
const SHORT_CALL_MS = 5_000;

/** One after the other, each signal would cost the lane a workflow task of its own. */
const SIGNALS_AT_ONCE = 50;

type PlaceOf = Pick<Member, 'ticketId' | 'target'>;

/** What a lane signals to its tickets of their places; for results see `deliverResults`. */
export class LaneSignals {
  private readonly engine: LaneEngine;
  private readonly state: () => LaneState;
  private readonly news: [ticketId: string, news: LaneNews][] = [];
  /** Members of the running push that do not know yet that it carries them. */
  private readonly unsignalled: PlaceOf[] = [];
  /** When they are signalled, unless the push has ended by then. */
  private carriedAtMs: number | null = null;
  private readonly noticed = new Map<string, string>();

  constructor(engine: LaneEngine, state: () => LaneState) {
    this.engine = engine;
    this.state = state;
  }

  queueNews({ ticketId, target }: PlaceOf, what: NewsBody): void {
    this.news.push([ticketId, { laneKey: this.state().key, target, ...what }]);
  }

  /** The last notice to this place counts no more: the next one is signalled even when it says the same. */
  forgetNotice(place: PlaceOf): void {
    this.noticed.delete(memberKey(place));
  }

  /** A push has started: its members do not know yet that it carries them. */
  pushStarted(members: readonly PlaceOf[]): void {
    for (const member of members) this.forgetNotice(member);
    this.pushEnded();
    this.unsignalled.push(...members);
  }

  /** A call has begun: its members are signalled in a while, unless the push has ended by then. */
  callBegun(): void {
    if (this.unsignalled.length > 0) this.carriedAtMs ??= this.engine.nowMs() + SHORT_CALL_MS;
  }

  pushEnded(): void {
    this.unsignalled.length = 0;
    this.carriedAtMs = null;
  }

  queueCarried(): void {
    this.carriedAtMs = null;
    const n = this.state().push?.n;
    for (const member of this.unsignalled.splice(0))
      if (n !== undefined) this.queueNews(member, { kind: 'carried', n });
  }

  /** Signals each ticket what changed for its place. */
  async signalNews(): Promise<void> {
    const state = this.state();
    const nowMs = this.engine.nowMs();
    if (this.carriedAtMs !== null && nowMs >= this.carriedAtMs) this.queueCarried();
    const noticeFor = noticesAt(state, nowMs);
    for (const place of state.queue) {
      const notice = noticeFor(place);
      const text = notice === null ? '' : `${notice.message} ${notice.isLong === true ? 'still' : ''}`;
      if ((this.noticed.get(memberKey(place)) ?? '') === text) continue;
      this.noticed.set(memberKey(place), text);
      this.queueNews(place, { kind: 'notice', notice });
    }
    const byTicket = new Map<string, LaneNews[]>();
    for (const [ticketId, news] of this.news.splice(0))
      byTicket.set(ticketId, [...(byTicket.get(ticketId) ?? []), news]);
    await fewAtOnce(
      [...byTicket],
      async ([ticketId, inOrder]) => {
        for (const news of inOrder) await this.engine.signalTicket(ticketWorkflowId(ticketId), news);
      },
      SIGNALS_AT_ONCE,
    );
  }

  /** A signal to a ticket, or the end of its push, waits to be sent. */
  get hasNews(): boolean {
    return this.news.length > 0 || this.carriedAtMs !== null;
  }

  /** When the members of the running push are due to be signalled; null while none is. */
  get carriedDueMs(): number | null {
    return this.carriedAtMs;
  }

  /** Before the run ends: what waits to be signalled is not carried over. */
  async signalAllNews(): Promise<void> {
    if (this.carriedAtMs !== null) this.queueCarried();
    await this.signalNews();
  }
}

type NewsBody = LaneNews extends infer N
  ? N extends LaneNews
    ? Omit<N, 'laneKey' | 'target'>
    : never
  : never;
