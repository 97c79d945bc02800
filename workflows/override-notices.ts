import { effectKey } from '../src/domain/ids.js';
import { instantText } from '../src/domain/instant-text.js';
import { namesTarget, overrideUntilMs, type TicketOverride } from '../src/domain/override.js';
import { placed } from './placed.js';
import type { TicketRun } from './ticket-run.js';

/** Alerts the owner of each manager at once to a confirmed override, and comments it in SecureChange. No push waits for it. */
export async function noticeOverrides(run: TicketRun): Promise<void> {
  for (;;) {
    const due = (): TicketOverride | undefined =>
      run.state.overrides.find(({ confirm, noticed }) => confirm !== null && !noticed);
    await run.engine.condition(() => due() !== undefined);
    const one = due();
    if (one !== undefined) await notice(run, one);
  }
}

async function notice(run: TicketRun, one: TicketOverride): Promise<void> {
  const { state } = run;
  const { ask, confirm } = one;
  const targets = state.targets.filter((target) => namesTarget(ask.command, placed(target)));
  const { ticketId, epoch } = state;
  const names = targets.map(({ name }) => name).join(', ');
  const lines = [
    `override: ticket ${ticketId} may be pushed outside its window on ${names}`,
    `by ${ask.actor.login}, confirmed by ${confirm?.actor.login ?? '-'}, once, until ${instantText(overrideUntilMs(ask))}`,
    `reason: ${ask.reason}`,
    `review: sco lane review LANE --override ${ask.key} --reason "…"`,
  ];
  const lanes = new Map(targets.map(({ laneKey, laneName }) => [laneKey, laneName]));
  for (const [laneKey, laneName] of lanes) {
    const answer = await run.write('alertOwner', { phase: null, runsWhileHeld: true }, () => ({
      laneKey,
      laneName,
      opensAtMs: ask.issuedAtMs,
      beforeMs: 0,
      lines,
    }));
    run.display.note(
      `override: owner of ${laneName}: ${answer ?? 'no alert server is configured for the manager'}`,
    );
  }
  const definition = state.definition;
  if (definition !== null && state.stepInstance !== null) {
    const { refused } = await run.write('commentPushes', { phase: null, runsWhileHeld: true }, () => ({
      ...run.stepRef(),
      taskAccess: definition.taskAccess,
      lines,
      key: effectKey({
        ticketId,
        epoch,
        stepName: state.stepName ?? '-',
        phase: 'changeWindow',
        target: `override-${ask.key}`,
      }),
    }));
    if (refused !== null) run.display.note(`override: no comment in SecureChange: ${refused}`);
  }
  one.noticed = true;
}
