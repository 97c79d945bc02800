import { callsOf, countText, onceEach, withEffect } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const ANSWERED_LATE = DEVICES.deviceGroup;
const NEVER_ARRIVED = DEVICES.adom;
/** Long enough for the kill to come first on a slow machine. */
const ANSWER_HELD_MS = 8_000;

export const workerKilledInCommit: Scenario = {
  name: 'worker-killed-in-commit',
  title: 'kill -9 of the worker while two Commits are under way',
  story:
    'SecureChange has accepted one Commit and not yet answered; the connection of the other broke, and it is unknown whether that Commit arrived. The worker dies at that moment and is started again.',
  play: async (stage) => {
    const { simulator, operator, expect } = stage;
    const accepted = await stage.open({ subject: 'Accepted, not yet answered', targets: [ANSWERED_LATE] });
    const unsure = await stage.open({ subject: 'Sent or not sent?', targets: [NEVER_ARRIVED] });
    const commit = (id: string): object => ({ action: 'commit', ticketId: Number(id) });
    await simulator.fault({
      match: commit(accepted),
      kind: 'delay',
      after: true,
      delayMs: ANSWER_HELD_MS,
      times: 1,
    });
    await simulator.fault({ match: commit(unsure), kind: 'resetBefore', times: 1 });
    await Promise.all([stage.approve(accepted), stage.approve(unsure)]);
    stage.openWindowIn(3_000);

    await stage.eventually('both Commits are under way', async () => {
      const writes = await simulator.writes();
      const held = callsOf(writes, accepted, 'commit').some(
        ({ applied, status }) => applied && status === null,
      );
      return held && callsOf(writes, unsure, 'commit').some(({ status }) => status === 0);
    });
    await stage.worker.kill();
    stage.say('kill -9 of the worker');
    await stage.worker.start();
    stage.say('The worker is started again and looks what became of its Commits');

    const joined = await stage.ended(accepted);
    stage.say(`Ticket ${accepted}: the Commit was found in SecureChange and joined`);
    const asked = await stage.until(
      unsure,
      'asks a person',
      (view) => view.needsAttention?.code === 'push.unknown',
    );
    stage.say(`Ticket ${unsure}: the outcome of the Commit is unknown, so a person is asked`);
    const beforeAnswer = callsOf(await simulator.writes(), unsure, 'commit');
    const pushed = asked.targets.find(({ managementId }) => managementId === String(NEVER_ARRIVED.id));
    const { laneKey = '-', push = 0 } = pushed ?? {};
    const answer = await operator.push(
      laneKey,
      push ?? 0,
      { kind: 'decideUnknownPush', answer: 'wasNotSent' },
      { reason: 'looked at the FortiManager: no install task' },
    );
    stage.say(`Olaf Brandt: sco push decide ${laneKey}/${push ?? '-'} --was-not-sent`);
    const ended = await stage.ended(unsure);

    const writes = await simulator.writes();
    const first = callsOf(writes, accepted, 'commit');
    const second = callsOf(writes, unsure, 'commit');
    const applied = withEffect(second);
    expect(
      'accepted before the kill: exactly one Commit call',
      onceEach(first, [ANSWERED_LATE]),
      countText(first),
    );
    expect('accepted before the kill: joined and closed', joined.outcome === 'closed', joined.outcome ?? '-');
    expect(
      'sent or not: the ticket asks a person and names the ways out',
      asked.needsAttention?.waysOut.some(({ command }) => command === 'decideUnknownPush') === true,
      asked.needsAttention?.reason,
    );
    expect(
      'sent or not: nothing is sent again before the answer',
      beforeAnswer.length === 1 && beforeAnswer.every((call) => !call.applied),
      `${beforeAnswer.length} call that never arrived`,
    );
    expect('sent or not: the answer is accepted and recorded', answer.code === 'done', answer.message);
    expect(
      'sent or not: after "was not sent" exactly one Commit takes effect',
      second.length === 2 && onceEach(applied, [NEVER_ARRIVED]),
      `${second.length} calls, ${applied.length} with effect`,
    );
    expect('sent or not: closed', ended.outcome === 'closed', ended.outcome ?? '-');
  },
};
