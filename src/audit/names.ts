import type { HistoryFact } from '../domain/history-fact.js';
import { field, listOf, textField } from './fields.js';

/** What a person calls the lanes and targets of a ticket. */
export interface Names {
  /** `lane PANO-8`. */
  lane(key: string | null): string;
  target(id: string | null): string;
}

/** From the enrolments of the history, which name both; an id that was never enrolled stays one. */
export function namesIn(facts: readonly HistoryFact[]): Names {
  const lanes = new Map<string, string>();
  const targets = new Map<string, string>();
  for (const { kind, name, input } of facts) {
    if (kind !== 'activityScheduled' || name !== 'enrol' || !Array.isArray(input)) continue;
    for (const item of listOf(field(input[0], 'items'))) {
      const [target, targetName] = [textField(item, 'target'), textField(item, 'targetName')];
      const [laneKey, laneName] = [textField(item, 'laneKey'), textField(item, 'laneName')];
      if (target !== null && targetName !== null) targets.set(target, targetName);
      if (laneKey !== null && laneName !== null && !lanes.has(laneKey)) lanes.set(laneKey, laneName);
    }
  }
  const named = (known: ReadonlyMap<string, string>, id: string | null): string =>
    id === null ? '?' : (known.get(id) ?? id);
  return {
    lane: (key) => `lane ${named(lanes, key)}`,
    target: (id) => named(targets, id),
  };
}
