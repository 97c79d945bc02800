import { editsWindow } from '../configure.js';
import { callsOf, countText, onceEach, withEffect } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const GROUP = DEVICES.deviceGroup;
const REASON = 'the pay desk is down until this rule is there';

export const override: Scenario = {
  name: 'override',
  title: 'two persons let one ticket be pushed outside its window; its neighbour waits on',
  story:
    'Two approved tickets on one device group wait for a window that opens tomorrow. An operator asks for an override of the first one; the operator alone cannot confirm it. When Aylin Kaya confirms it, that ticket is pushed at once and alone. The review of the override stays open in the lane.',
  configure: (configDir) => {
    editsWindow(
      configDir,
      /^ {2}calendar: nightly$/m,
      '  calendar: nightly\n  override: { roles: [operator] }',
    );
  },
  play: async (stage) => {
    const { simulator, operator, approver, expect } = stage;
    const urgent = await stage.open({ subject: 'Pay desk to card service', targets: [GROUP], port: 8583 });
    const other = await stage.open({ subject: 'Print server to branches', targets: [GROUP], port: 9101 });
    for (const id of [urgent, other]) await stage.approve(id);
    for (const id of [urgent, other])
      await stage.until(id, 'waits for its window', (view) => view.waiting?.for === 'window');

    const key = 'override-of-the-demo';
    const asked = await operator.ticket(
      urgent,
      { kind: 'override', devices: [GROUP.name], hours: 2 },
      { reason: REASON, key },
    );
    stage.say(`o.brandt: sco ticket override ${urgent} --device ${GROUP.name} --reason "${REASON}"`);
    const confirm = { kind: 'confirm', override: key } as const;
    const alone = await operator.ticket(urgent, confirm, { reason: 'I am alone tonight' });
    stage.say(`o.brandt alone: ${alone.message}`);
    const before = await simulator.writes();
    const confirmed = await approver.ticket(urgent, confirm, { reason: 'agreed with the shift lead' });
    stage.say(`a.kaya: ${confirmed.message}`);
    const view = await stage.ended(urgent);
    const again = await stage.until(other, 'still waits', ({ waiting }) => waiting?.for === 'window');
    const lane = await stage.lane(GROUP.lane);
    const [row] = await stage.windowReport();
    const writes = await simulator.writes();

    expect('the override was recorded, and did nothing by itself', asked.accepted, asked.message);
    expect('who asked for it could not confirm it', alone.code === 'notAllowed', alone.message);
    expect(
      'nothing was saved or made live before another person confirmed it',
      withEffect([...callsOf(before, urgent, 'update'), ...callsOf(before, urgent, 'commit')]).length === 0,
    );
    const commits = callsOf(writes, urgent, 'commit');
    expect('then it was committed once', onceEach(commits, [GROUP]), countText(commits));
    expect('its ticket is closed', view.outcome === 'closed', view.outcome ?? 'none');
    expect(
      'the other ticket of the manager was not carried: it waits for its window',
      callsOf(writes, other, 'commit').length === 0 && again.outcome === null,
      again.waiting?.what,
    );
    expect(
      'sco report windows names both persons and the reason',
      row?.state === 'overridden' && ['o.brandt', 'a.kaya', REASON].every((text) => row.text.includes(text)),
      row?.text,
    );
    const [kept] = lane.overrides;
    expect(
      'the lane keeps its review open until a third person closes it',
      kept?.used === true && kept.review === null,
    );
    const own = await operator.lane(
      lane.key,
      { kind: 'closeReview', override: key },
      { reason: 'all is well' },
    );
    expect('who gave it cannot close the review', own.code === 'secondPerson', own.message);
    const comments = view.timeline.map(({ what }) => what).filter((what) => what.includes('override'));
    expect('the timeline of the ticket shows it', comments.length >= 2, comments[0]);

    await simulator.act(other, { as: 'j.meier', do: 'cancel', reason: 'the printer is gone' });
    stage.say(`Jana Meier cancels ticket ${other}, which nothing has carried`);
    await stage.ended(other);
  },
};
