import {
  done,
  secondPerson,
  wrongState,
  type CommandResult,
  type LaneCommand,
  type SignedCommand,
} from '../src/domain/commands.js';
import { acceptForeign, type Accepted } from '../src/domain/foreign.js';
import { clearFailures } from '../src/domain/kept-results.js';
import type { LaneState } from '../src/domain/lane.js';
import { closeReview, type ReviewOutcome } from '../src/domain/lane-overrides.js';
import { acceptLedger } from '../src/domain/ledger.js';
import type { Standing } from './carry-out.js';

const HOUR_MS = 3_600_000;

/** Whether the effect of a command still holds. */
export function standingOf({ paused }: LaneState, { kind }: LaneCommand): Standing {
  const now = paused ? `the lane is paused by ${paused.by}` : 'the lane is not paused';
  return { holds: kind === 'pause' ? paused !== null : kind === 'resume' ? paused === null : true, now };
}

/** Carries out a command whose actor was checked. */
export function applyToLane(
  state: LaneState,
  { command, reason }: SignedCommand<LaneCommand>,
  by: string,
  nowMs: number,
): CommandResult {
  switch (command.kind) {
    case 'acceptLedger': {
      const accepted = acceptLedger(state, command.ticketId, by, reason, nowMs);
      return accepted > 0
        ? done(`accepted ${accepted} saved change(s); the next Commit makes them live, once`)
        : wrongState(`lane ${state.name} has no saved change that waits to be accepted`);
    }
    case 'acceptForeign': {
      const { target, seen, hours } = command;
      const untilMs = nowMs + hours * HOUR_MS;
      const outcome = acceptForeign(state, { target, seen }, { by, reason, atMs: nowMs, untilMs });
      if (outcome === 'accepted')
        return done(
          `accepted for one Commit of ${target} within ${hours} h, if the saved changes stay as they are now`,
        );
      return wrongState(notAccepted(outcome, state.key, { target, seen }));
    }
    case 'closeReview':
      return reviewed(state, closeReview(state, command.override, { by, reason, atMs: nowMs }), by);
    case 'pause':
      if (state.paused) return wrongState(`already paused by ${state.paused.by}`);
      state.paused = { by, reason, sinceMs: nowMs };
      state.version += 1;
      return done('paused: the lane starts no push; a call that was made runs to its end');
    case 'resume':
      if (!state.paused) return wrongState('the lane is not paused');
      if (state.paused.wentBack === true) {
        // What SecureTrack shows now counts from here on.
        state.newestRevisions = {};
        state.foreignSince = {};
      }
      state.paused = null;
      return done('resumed');
    case 'retryPush': {
      const failed = clearFailures(state).map(({ targetName }) => targetName);
      return failed.length === 0
        ? wrongState(`lane ${state.name} has no failed push`)
        : done(`the Commit of ${failed.join(', ')} is repeated in the next open window`);
    }
  }
}

function notAccepted(
  outcome: Exclude<Accepted, 'accepted'>,
  key: string,
  { target, seen }: { readonly target: string; readonly seen: string },
): string {
  switch (outcome) {
    case 'otherReading':
      return `what was seen on ${target} last is not what ${seen} names: sco lane show ${key}`;
    case 'severalNamed':
      return `several targets of the lane have the name ${target}: give the management id, sco lane show ${key}`;
    case 'nothingBlocked':
      return `no Commit of ${target} is blocked by saved changes of others`;
  }
}

function reviewed({ name, key }: LaneState, outcome: ReviewOutcome, by: string): CommandResult {
  switch (outcome) {
    case 'closed':
      return done('the review of the override is closed');
    case 'notFound':
      return wrongState(`lane ${name} has no override with this key: sco lane show ${key}`);
    case 'closedBefore':
      return wrongState('its review was closed before');
    case 'ownOverride':
      return secondPerson(`${by} gave the override: another person closes its review`);
  }
}
