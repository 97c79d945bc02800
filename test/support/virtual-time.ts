interface Timer {
  readonly atMs: number;
  readonly act: () => void;
}

const MOST_STEPS = 200_000;

/**
 * A clock that stands still while anything can still happen at this instant, and then jumps to the next timer. Nothing
 * here sleeps: a wait of two days costs as much as one of two milliseconds.
 */
export class VirtualTime {
  nowMs: number;
  private timers: Timer[] = [];
  /** With the order in which they came. */
  private readonly pokes = new Map<() => boolean, number>();
  private lastPoke = 0;
  private readonly woken = new Set<() => boolean>();
  private readonly closers: (() => void)[] = [];
  private crashed: { error: unknown } | null = null;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  readonly now = (): number => this.nowMs;

  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    await new Promise<void>((resolve, reject) => {
      const refuse = (): void => reject(new Error('the sleep was cancelled'));
      if (signal?.aborted) {
        refuse();
        return;
      }
      const forget = this.at(this.nowMs + ms, () => {
        signal?.removeEventListener('abort', abandon);
        resolve();
      });
      const abandon = (): void => {
        forget();
        refuse();
      };
      signal?.addEventListener('abort', abandon, { once: true });
    });
  };

  /** Calls `act` at the instant (at once after everything of this instant when it has passed); returns how to forget it. */
  at(atMs: number, act: () => void): () => void {
    const timer = { atMs: Math.max(atMs, this.nowMs), act };
    let place = this.timers.length;
    while (place > 0 && this.timers[place - 1]!.atMs > timer.atMs) place -= 1;
    this.timers.splice(place, 0, timer);
    return () => {
      this.timers = this.timers.filter((known) => known !== timer);
    };
  }

  /** `poke` is asked after a step that woke it whether something of its own can go on; true when it did. */
  whenWoken(poke: () => boolean): () => void {
    this.lastPoke += 1;
    this.pokes.set(poke, this.lastPoke);
    this.woken.add(poke);
    return () => this.pokes.delete(poke);
  }

  /** Something happened that may let this poke go on. */
  wake(poke: () => boolean): void {
    this.woken.add(poke);
  }

  /** With hundreds of runs most of a test would be spent on asking those to which nothing happened. */
  private asked(): Iterable<() => boolean> {
    const woken = [...this.woken].filter((poke) => this.pokes.has(poke));
    this.woken.clear();
    return woken.sort((a, b) => this.pokes.get(a)! - this.pokes.get(b)!);
  }

  onClose(close: () => void): void {
    this.closers.push(close);
  }

  /** An error that must not be swallowed: the next step throws it. */
  crash(error: unknown): void {
    this.crashed ??= { error };
  }

  /** Runs everything that is due at this instant, until no more of it follows. */
  async runDue(): Promise<void> {
    for (let round = 0; ; round += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.crashed) throw this.crashed.error;
      let moved = false;
      for (const poke of this.asked()) moved = poke() || moved;
      if (!moved) return;
      if (round > 10_000) throw new Error('it goes round in circles without time passing');
    }
  }

  /** False when there is no timer left. */
  async step(): Promise<boolean> {
    await this.runDue();
    const next = this.timers.shift();
    if (next === undefined) return false;
    this.nowMs = next.atMs;
    next.act();
    return true;
  }

  /** Until nothing is left that would happen by itself. */
  async idle(): Promise<void> {
    for (let steps = 0; await this.step(); steps += 1) {
      if (steps > MOST_STEPS) throw new Error('it never comes to rest');
    }
  }

  /** Until it holds; fails when it never will. */
  async until(what: string, holds: () => boolean): Promise<void> {
    for (let steps = 0; ; steps += 1) {
      await this.runDue();
      if (holds()) return;
      if (steps > MOST_STEPS || !(await this.step())) throw new Error(`it never came to this: ${what}`);
    }
  }

  /** Lets a span pass; what was planned within it happens. */
  async pass(ms: number): Promise<void> {
    let over = false;
    this.at(this.nowMs + ms, () => (over = true));
    while (!over) await this.step();
    await this.runDue();
  }

  /** Lets time pass until the promise has its result. */
  async finish<T>(promise: Promise<T>): Promise<T> {
    let ended = false;
    const watched = promise.finally(() => (ended = true));
    watched.catch(() => {});
    await this.until('the promise has its result', () => ended);
    return await watched;
  }

  close(): void {
    for (const close of this.closers) close();
    this.timers = [];
    this.pokes.clear();
  }
}
