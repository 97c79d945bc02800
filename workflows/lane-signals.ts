import { fewAtOnce } from '../src/domain/few-at-once.js';
import { ticketWorkflowId } from '../src/domain/ids.js';
import type { KeptResult, LaneState } from '../src/domain/lane.js';
import { noticesAt } from '../src/domain/lane-notices.js';
import { memberKey, type Member } from '../src/domain/push.js';
import type { LaneEngine } from './engine.js';
import type { LaneNews } from './messages.js';

/** When a result that could not be delivered is signalled again. */
export const SEND_AGAIN_MS = 5 * 60_000;

/** A ticket whose push ends sooner after its call gets the result only. */
const SHORT_CALL_MS = 5_000;

/** One after the other, each signal would cost the lane a workflow task of its own. */
const SIGNALS_AT_ONCE = 50;

type PlaceOf = Pick<Member, 'ticketId' | 'target'>;

export interface SignedResult {
  readonly kept: KeptResult;
  readonly signature: string;
}

interface Delivery {
  /** The signal stands in the history of its ticket. */
  readonly arrived: (kept: KeptResult) => void;
  readonly unreachable: (result: SignedResult) => Promise<void>;
}

/** What a lane signals to its tickets: news of their places, and results. */
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

  /** Signals each ticket its result; `unreachable` is called for those without a run. */
  async signalResults(results: readonly SignedResult[], { arrived, unreachable }: Delivery): Promise<void> {
    const { key } = this.state();
    await fewAtOnce(
      results,
      async (signed) => {
        const { n, ticketId, target, result } = signed.kept;
        const { signature } = signed;
        const news = { laneKey: key, target, kind: 'ended', n, result, signature } as const;
        if (await this.engine.signalTicket(ticketWorkflowId(ticketId), news)) arrived(signed.kept);
        else await unreachable(signed);
      },
      SIGNALS_AT_ONCE,
    );
  }
}

type NewsBody = LaneNews extends infer N
  ? N extends LaneNews
    ? Omit<N, 'laneKey' | 'target'>
    : never
  : never;
