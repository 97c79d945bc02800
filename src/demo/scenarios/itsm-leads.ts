import { callsOf, countText, onceEach } from '../expectations.js';
import { admitsItsm, type ItsmAnswer } from '../itsm-caller.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario, Stage } from '../scenario.js';
import { question } from './itsm-approval.js';

const WORKFLOW = 'Firewall change (ITSM)';
const EDGE = DEVICES.firewall;

export const itsmLeads: Scenario = {
  name: 'itsm-leads',
  title: 'the ITSM opens tickets, plans, approves, comments and cancels',
  story:
    'The ITSM opens a ticket on behalf of Jana Meier; for a user SecureChange does not know it gets a refusal, and for the same change the same ticket. It sets the planned dates, which are later than the window: nothing is pushed. It moves them, and the change goes live. It cancels a second ticket.',
  configure: admitsItsm,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const unknown = await open(stage, 'CHG0030000', { onBehalfOf: 'x.unknown' });
    const opened = await open(stage, 'CHG0030001');
    const id = opened.ticketId ?? '-';
    stage.follow(id, 'Web shop');
    stage.say(`The ITSM opens ticket ${id} on behalf of Jana Meier`);
    const twice = await open(stage, 'CHG0030001');
    const asked = await question(stage, id, null);
    const later = await plan(stage, id, 60);
    const approved = await stage.itsm(`/${id}/approve`, { approver: 'a.kaya', question: asked });
    const opensAtMs = stage.openWindowIn(500);
    await stage.eventually('the window is open', async () => Date.now() > opensAtMs + 2_000);
    await stage.until(id, 'waits for its planned start', (view) => view.step === 'Implementation');
    const early = pushesOf(await simulator.writes(), id);
    stage.say('The window is open, and the planned start is an hour away: nothing is pushed');
    const second = await open(stage, 'CHG0030002', { subject: 'Old shop' });
    const other = second.ticketId ?? '-';
    stage.follow(other, 'Old shop');
    await stage.until(other, 'is in step Change Approval', (view) => view.step === 'Change Approval');
    const cancelled = await stage.itsm(`/${other}/cancel`, { reason: 'the change was withdrawn' });
    const gone = await stage.ended(other);
    const comment = await stage.itsm(`/${id}/comment`, { text: 'The board moved it to today' });
    const moved = await plan(stage, id, -60);
    stage.say('The ITSM moves the planned start: the change goes live');
    const view = await stage.ended(id);

    const writes = await simulator.writes();
    const updates = callsOf(writes, id, 'update');
    const says = (text: string, answer: ItsmAnswer, status: number): void => {
      expect(text, answer.status === status, `${answer.status} ${answer.message}`);
    };
    says('an unknown user is refused', unknown, 409);
    says('a ticket is opened on behalf of a user', opened, 201);
    expect('its requester is that user', view.requester === 'j.meier', view.requester);
    expect(
      'the same change is the same ticket',
      twice.status === 200 && twice.ticketId === id,
      twice.message,
    );
    says('the planned dates are written', later, 200);
    says('the approval is recorded', approved, 200);
    expect('nothing is pushed before the planned start', early === 0, `${early} calls`);
    says('the comment is written', comment, 200);
    says('the moved dates are written', moved, 200);
    expect('exactly one Update', onceEach(updates, [EDGE]), countText(updates));
    expect('the ticket is closed', view.outcome === 'closed', view.outcome ?? 'none');
    says('the second ticket is cancelled', cancelled, 200);
    expect('and ends', gone.outcome === 'cancelled', gone.outcome ?? 'none');
    expect('nothing of it was pushed', pushesOf(writes, other) === 0);
  },
};

type Writes = Awaited<ReturnType<Stage['simulator']['writes']>>;

function pushesOf(writes: Writes, id: string): number {
  return callsOf(writes, id, 'update').length + callsOf(writes, id, 'commit').length;
}

function open(stage: Stage, externalId: string, part: object = {}): Promise<ItsmAnswer> {
  const requests = [{ sources: ['10.20.4.15'], destinations: ['172.16.90.5'], services: ['tcp/8443'] }];
  return stage.itsm('', {
    externalId,
    onBehalfOf: 'j.meier',
    workflow: WORKFLOW,
    subject: 'Web shop',
    fields: [{ kind: 'accessRequests', name: 'Required Access', requests }],
    ...part,
  });
}

/** From so many minutes from now on, for two hours. */
function plan(stage: Stage, id: string, minutes: number): Promise<ItsmAnswer> {
  const at = (inMinutes: number): string => new Date(Date.now() + inMinutes * 60_000).toISOString();
  return stage.itsm(`/${id}/planned-dates`, { start: at(minutes), end: at(minutes + 120) });
}
