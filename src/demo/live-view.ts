import { cleanLine } from '../domain/clean-text.js';
import type { TicketView } from '../domain/view.js';
import { toWords } from '../domain/words.js';
import { renderFrame, whereText, type Frame } from './frame.js';
import { openPicture } from './picture.js';
import { sinceStartText, type Colours } from './table.js';

export interface LiveView {
  /** One line of the story. */
  say(text: string, sinceStartMs: number): void;
  show(frame: Frame): void;
  /** Leaves the last frame where it is. */
  done(): void;
}

interface Terminal {
  readonly stream: NodeJS.WriteStream;
  readonly colours: Colours;
}

const STORY_LINES = 8;

/** On a terminal one picture that is redrawn, elsewhere a line for everything that changes. */
export function createLiveView(terminal: Terminal): LiveView {
  return terminal.stream.isTTY ? redrawn(terminal) : changedLines(terminal);
}

function redrawn({ stream, colours }: Terminal): LiveView {
  const picture = openPicture(stream);
  const story: string[] = [];
  return {
    say: (text, sinceStartMs) => {
      story.push(`${colours.dim(sinceStartText(sinceStartMs).padStart(9))}  ${text}`);
    },
    show: (frame) => {
      picture.draw(['', ...renderFrame(frame, colours), '', ...story.slice(-STORY_LINES)]);
    },
    done: () => {
      picture.done();
    },
  };
}

/** A log in which nothing is said twice. */
function changedLines({ stream, colours }: Terminal): LiveView {
  const said = new Map<string, string>();
  const print = (sinceStartMs: number, text: string): void => {
    stream.write(`${sinceStartText(sinceStartMs).padStart(9)}  ${text}\n`);
  };
  const changed = (key: string, text: string, sinceStartMs: number): void => {
    if (text === '' || said.get(key) === text) return;
    said.set(key, text);
    print(sinceStartMs, `  ${cleanLine(text, 500)}`);
  };
  return {
    say: (text, sinceStartMs) => {
      print(sinceStartMs, colours.bold(text));
    },
    show: ({ tickets, nowMs, startedAtMs }) => {
      const sinceMs = nowMs - startedAtMs;
      for (const { ticketId, view } of tickets) {
        if (view === null) continue;
        const name = `ticket ${ticketId}`;
        const state = stateLine(view);
        changed(name, state === '' ? '' : `${name}: ${state}`, sinceMs);
        for (const target of view.targets) {
          if (target.update === 'todo' && target.commit !== 'done') continue;
          const commit = target.commitBy === 'none' ? '' : `, Commit ${toWords(target.commit)}`;
          const text = `${name}: ${target.name}: Update ${toWords(target.update)}${commit}`;
          changed(`${name}/${target.managementId}`, text, sinceMs);
        }
        for (const { target, targetName, phase, reason, sinceMs: since } of view.parkings) {
          const key = `${name}!${target ?? ''}/${phase ?? ''}/${since}`;
          changed(key, `${name} NEEDS ATTENTION: ${whereText(targetName)}${reason}`, sinceMs);
        }
        const more = view.moreParkings;
        changed(
          `${name}!more`,
          more === 0 ? '' : `${name} NEEDS ATTENTION for ${more} more reasons`,
          sinceMs,
        );
      }
    },
    done: () => undefined,
  };
}

function stateLine(view: TicketView): string {
  const parts = [
    view.outcome === null ? null : `ended: ${toWords(view.outcome)}`,
    view.outcome === null && view.step !== null ? view.step : null,
    view.outcome === null && view.phase !== null ? toWords(view.phase) : null,
    view.epoch > 1 ? `epoch ${view.epoch}` : null,
    view.outcome === null && view.waiting !== null ? `waits: ${view.waiting.what}` : null,
  ];
  return parts.filter((part) => part !== null).join(' · ');
}
