import { cleanMarkdown, detailsPage } from '../src/domain/clean-text.js';
import { emptyMemory, type CommandMemory } from '../src/domain/command-memory.js';
import {
  done,
  secondPerson,
  wrongState,
  type CommandRecord,
  type CommandResult,
  type ControlCommand,
  type SignedCommand,
} from '../src/domain/commands.js';
import { ignoredText, NONE_IGNORED, shownIgnored, withIgnored, type Ignored } from '../src/domain/ignored.js';
import { judgeStart } from '../src/domain/stop-switch.js';
import type { ControlView } from '../src/domain/view.js';
import type { TextEngine } from './engine.js';
import type { Standing } from './carry-out.js';

export interface ControlStart {
  readonly version: 1;
  /** Without it the switch starts on, and an activity looks whether it ever ran. */
  readonly carry?: ControlCarry;
}

export interface ControlCarry {
  view: Omit<ControlView, 'ignored'>;
  commandMemory: CommandMemory;
  records: readonly CommandRecord[];
  ignored: Ignored;
}

const OFF: ControlCarry['view'] = { stopped: false, by: null, reason: null, sinceMs: null };
const READING_REASON = 'whether it ran before is being read';
const LOST_REASON = 'the earlier run of the stop switch was lost; check why, then run sco start';
const RECORDS_KEPT = 50;

/** The stop switch: whether it is on, who turned it, and the record of all commands. */
export class ControlRun {
  readonly engine: TextEngine;
  readonly state: ControlCarry;
  private readonly isNew: boolean;

  constructor(engine: TextEngine, start: ControlStart) {
    this.engine = engine;
    this.isNew = start.carry === undefined;
    this.state = start.carry ?? {
      view: onAt(engine.nowMs(), READING_REASON),
      // The first command may start the workflow, so it can be older than the run.
      commandMemory: emptyMemory(0),
      records: [],
      ignored: NONE_IGNORED,
    };
  }

  /** Returns the carried state when the history is long. */
  async untilLong(): Promise<ControlCarry> {
    this.show();
    if (this.isNew) await this.findEarlier();
    await this.engine.condition(() => this.engine.isNewRunDue());
    await this.engine.condition(() => this.engine.handlersIdle());
    return this.state;
  }

  private async findEarlier(): Promise<void> {
    let ranBefore: boolean;
    try {
      ({ ranBefore } = await this.engine.activities.findEarlierSwitch());
    } catch (error) {
      if (this.engine.isCancellation(error)) throw error;
      ranBefore = true;
    }
    this.startsAs(ranBefore ? 'lost' : 'never');
  }

  /** What was found of earlier runs; a command that came before it stands. */
  startsAs(earlier: 'never' | 'lost'): void {
    const { view } = this.state;
    if (!view.stopped || view.by !== null) return;
    this.state.view = earlier === 'never' ? OFF : onAt(view.sinceMs ?? this.engine.nowMs(), LOST_REASON);
    this.show();
  }

  view(): ControlView {
    return { ...this.state.view, ...shownIgnored(this.state.ignored) };
  }

  /** `verified`: a gateway authenticated who commands. */
  command(
    { command, reason, actor }: SignedCommand<ControlCommand>,
    by: string,
    verified: boolean,
  ): CommandResult {
    const { view } = this.state;
    if (command.kind === 'stop') {
      // A switch that is on by itself takes the name of the person who stops.
      if (view.stopped && view.by !== null) return wrongState(`already ${standingText(view)}`);
      const stoppedByPerson = verified && actor.machine !== true;
      this.state.view = { stopped: true, by, reason, sinceMs: this.engine.nowMs(), stoppedByPerson };
      return done(`stopped by ${by}: no Update or Commit is sent from now on`);
    }
    if (!view.stopped) return wrongState('it is not stopped');
    const verdict = judgeStart(view, actor);
    if (verdict.kind === 'first') this.state.view = { ...view, firstToStart: by };
    if (verdict.kind !== 'starts') return secondPerson(verdict.message);
    this.state.view = OFF;
    const { other, alone } = verdict;
    const others = view.stoppedByPerson === true ? `(stopped by ${other ?? ''})` : `and ${other ?? ''}`;
    const who = alone === null ? others : `alone, by the rule "${alone}" of people.yaml`;
    return done(`started by ${by} ${who}: the stop switch is off, gates are judged again`);
  }

  standing({ kind }: ControlCommand): Standing {
    const { view } = this.state;
    return { holds: (kind === 'stop') === view.stopped, now: standingText(view) };
  }

  record({ command, key, reason }: SignedCommand<ControlCommand>, by: string, result: CommandResult): void {
    const record = { atMs: this.engine.nowMs(), key, by, kind: command.kind, reason, result };
    this.state.records = [...this.state.records, record].slice(-RECORDS_KEPT);
    this.show();
  }

  ignored(message: string, why: string): void {
    this.state.ignored = withIgnored(this.state.ignored, { atMs: this.engine.nowMs(), message, why });
    this.show();
  }

  private show(): void {
    const lines = [standingText(this.state.view), ignoredText(this.state.ignored)];
    const shown = lines.flatMap((text) => (text === null ? [] : [cleanMarkdown(text)]));
    this.engine.publishText(detailsPage(shown));
  }
}

function onAt(sinceMs: number, reason: string): ControlCarry['view'] {
  return { stopped: true, by: null, reason, sinceMs };
}

function standingText({ stopped, by, reason }: ControlCarry['view']): string {
  if (!stopped) return 'the stop switch is off';
  return `stopped by ${by ?? 'securechange-orchestrator'}: ${(reason ?? '').slice(0, 200)}`;
}
