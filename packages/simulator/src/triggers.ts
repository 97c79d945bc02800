import { spawn } from 'node:child_process';
import type { ScriptAttempt, ScriptRun, Step, Ticket, TriggerEvent, TriggerRecord } from './model.js';
import { TEST_INFO, ticketInfo } from './ticket-info.js';
import type { DropSetting, Site } from './site.js';

const TAIL = 4000;

/** Deterministic number in [0, 1) from a seed and a position. */
function noise(seed: number, position: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(position + 1, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

/** True for the runs that are lost: exactly one in every stretch of `1 / fraction` runs, where in it by seed. */
export function isDropped(drop: DropSetting, position: number): boolean {
  if (drop.fraction <= 0) return false;
  if (drop.fraction >= 1) return true;
  for (const stretch of [Math.floor(position * drop.fraction), Math.floor((position + 1) * drop.fraction)]) {
    const lost = Math.floor((stretch + noise(drop.seed, stretch)) / drop.fraction);
    if (lost === position) return true;
  }
  return false;
}

/**
 * Runs registered scripts as the vendor does: the executable without a shell, the ticket's XML on stdin, `SCW_EVENT`
 * in the environment, the configured arguments as one argv element; asynchronous; a bounded number of tries, where a
 * non-zero exit, a signal, a time-out and a spawn error are failed tries. Runs are journalled, so tries a kill cut
 * off are counted and made good after a restart.
 */
export class TriggerRunner {
  private readonly site: Site;
  private readonly timers = new Map<number, NodeJS.Timeout>();
  private readonly children = new Map<number, () => void>();
  private readonly environment: Record<string, string>;
  private stopped = false;

  /** `environment` is all a script sees besides `SCW_EVENT`. */
  constructor(site: Site, environment: Record<string, string>) {
    this.site = site;
    this.environment = environment;
  }

  /** Continues runs of an earlier process. A try that was under way counts as failed. */
  resume(): void {
    for (const run of this.site.scriptRuns.all()) {
      if (run.state === 'running') this.failed(run);
      else if (run.state === 'waiting') this.schedule(run);
    }
  }

  /** Queues the scripts registered for an event of a ticket. Only inside a change. */
  queue(ticket: Ticket, event: TriggerEvent, step: Step | undefined, comment = '', handlers = true): void {
    for (const trigger of this.site.triggers.all()) {
      const wanted = trigger.groups.some(
        (group) => group.workflow === ticket.workflowName && group.events.includes(event),
      );
      if (wanted)
        this.enqueue(
          trigger,
          ticket.id,
          event,
          ticketInfo(this.site, ticket, event, step, comment, handlers),
        );
    }
  }

  /** Presses the Test button of a trigger: one run with `<ticket_info/>` and the event TEST. */
  test(trigger: TriggerRecord): ScriptRun {
    return this.site.store.change(() => this.enqueue(trigger, null, 'TEST', TEST_INFO));
  }

  private enqueue(trigger: TriggerRecord, ticketId: number | null, event: string, xml: string): ScriptRun {
    const { site } = this;
    const now = site.now();
    const run: ScriptRun = {
      id: site.nextId('scriptRun'),
      triggerId: trigger.id,
      triggerName: trigger.name,
      path: trigger.path,
      arguments: trigger.arguments,
      ticketId,
      event,
      xml,
      state: 'waiting',
      nextMs: now,
      createdMs: now,
      attempts: [],
    };
    const drop = site.drop;
    if (drop && event !== 'TEST') {
      if (isDropped(drop, drop.seen)) run.state = 'dropped';
      site.setDrop({ ...drop, seen: drop.seen + 1 });
    }
    site.scriptRuns.put(run.id, run);
    if (run.state === 'waiting') site.store.whenCommitted(() => this.schedule(run));
    return run;
  }

  private schedule(run: ScriptRun): void {
    if (this.stopped) return;
    const timer = setTimeout(
      () => {
        this.timers.delete(run.id);
        this.attempt(run);
      },
      Math.max(0, run.nextMs - this.site.now()),
    );
    this.timers.set(run.id, timer);
  }

  private blocked(run: ScriptRun): boolean {
    if (this.site.switches.triggerOverlap === 'overlap') return false;
    return this.site.scriptRuns
      .all()
      .some(
        (other) =>
          other.id < run.id &&
          other.ticketId === run.ticketId &&
          (other.state === 'waiting' || other.state === 'running'),
      );
  }

  private attempt(run: ScriptRun): void {
    if (this.stopped) return;
    const { site } = this;
    if (this.blocked(run)) {
      run.nextMs = site.now() + 50;
      this.schedule(run);
      return;
    }
    const attempt: ScriptAttempt = {
      attempt: run.attempts.length + 1,
      startMs: site.now(),
      endMs: null,
      exitCode: null,
      signal: null,
      stdoutTail: '',
      stderrTail: '',
    };
    site.store.change(() => {
      run.state = 'running';
      run.attempts.push(attempt);
      site.scriptRuns.put(run.id, run);
    });
    this.spawn(run, attempt);
  }

  private spawn(run: ScriptRun, attempt: ScriptAttempt): void {
    const child = spawn(run.path, run.arguments === '' ? [] : [run.arguments], {
      env: { ...this.environment, SCW_EVENT: run.event },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const kill = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // the group has already gone
      }
    };
    const timeout = setTimeout(() => {
      attempt.stderrTail = `${attempt.stderrTail}\n[simulator: timed out]`.slice(-TAIL);
      kill();
    }, this.site.switches.scriptTimeoutMs);
    this.children.set(run.id, kill);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      attempt.stdoutTail = (attempt.stdoutTail + text).slice(-TAIL);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      attempt.stderrTail = (attempt.stderrTail + text).slice(-TAIL);
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(run.xml);
    let ended = false;
    const finish = (exitCode: number | null, signal: string | null): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timeout);
      this.children.delete(run.id);
      if (this.stopped) return;
      Object.assign(attempt, { exitCode, signal });
      if (exitCode === 0) this.done(run, attempt);
      else this.failed(run);
    };
    child.on('error', (error) => {
      attempt.stderrTail = `cannot run ${run.path}: ${error.message}`;
      finish(null, null);
    });
    child.on('close', finish);
  }

  private done(run: ScriptRun, attempt: ScriptAttempt): void {
    this.site.store.change(() => {
      attempt.endMs = this.site.now();
      run.state = 'done';
      this.site.scriptRuns.put(run.id, run);
    });
  }

  private failed(run: ScriptRun): void {
    const { site } = this;
    const { triggerAttempts, triggerRetryMs } = site.switches;
    site.store.change(() => {
      const last = run.attempts.at(-1);
      if (last) last.endMs = site.now();
      const tries = run.attempts.length;
      if (tries >= triggerAttempts || run.event === 'TEST') run.state = 'failed';
      else {
        run.state = 'waiting';
        run.nextMs = site.now() + (triggerRetryMs[Math.min(tries, triggerRetryMs.length) - 1] ?? 0);
        site.store.whenCommitted(() => this.schedule(run));
      }
      site.scriptRuns.put(run.id, run);
    });
  }

  /** Starts nothing more and kills what runs; the journal still says `running`, so the next process tries again. */
  stop(): void {
    this.stopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const kill of this.children.values()) kill();
  }
}
