import { API, at, list, startStandIn, type StandIn } from './stand-in.js';

let standIn: StandIn;

beforeEach(async () => {
  standIn = await startStandIn();
});
afterEach(() => standIn.running.close());

const descriptions = async (id: number): Promise<string[]> => {
  const answer = await standIn.call('GET', `${API}/tickets/${String(id)}/history`);
  const entries = list(at(answer.json, 'ticket_history_activities', 'ticket_history_activity'));
  return entries.map((entry) => String(entry['description']));
};

it('carries a ticket from creation to its end', async () => {
  const { id, place } = await standIn.implementation();
  for (const device of [21, 31, 40]) {
    expect((await standIn.call('PUT', `${place.designerPath}/device/${String(device)}/update`)).status).toBe(
      202,
    );
    await standIn.notPending(id);
  }
  for (const device of [21, 31]) {
    expect((await standIn.call('PUT', `${place.designerPath}/device/${String(device)}/commit`)).status).toBe(
      202,
    );
    await standIn.notPending(id);
  }
  await standIn.done(await standIn.place(id));
  const verification = await standIn.place(id);
  const task = (await standIn.call('GET', verification.taskPath)).json;
  expect(at(task, 'task', 'fields', 'field', 'access_request', 'verifier_result', 'status')).toBe(
    'implemented',
  );
  expect((await standIn.done(verification)).status).toBe(200);
  expect(await standIn.ticket(id)).toMatchObject({ status: 'Ticket Closed', current_step: '' });
  expect((await descriptions(id))[0]).toBe('Close request');
});

it.each([
  ['newest', 66],
  ['designed', 64],
])(
  'shows what the verifier saw when it ran, by switch the %s revision',
  async (verifierRevision, revision) => {
    await standIn.control('PUT', '/switches', { verifierRevision });
    const { id, place } = await standIn.implementation({ '@type': 'Object', management_id: 21 });
    for (const push of ['update', 'commit']) {
      await standIn.call('PUT', `${place.designerPath}/device/21/${push}`);
      await standIn.notPending(id);
    }
    await standIn.done(await standIn.place(id));
    await standIn.control('POST', '/devices/21/foreign-change', { by: 'h.novak' });
    const { taskPath } = await standIn.place(id);
    const task = (await standIn.call('GET', taskPath)).json;
    const request = at(task, 'task', 'fields', 'field', 'access_request', 'id');
    const verifier = await standIn.call(
      'GET',
      `${taskPath}/multi_access_request/${String(request)}/verifier`,
    );
    expect(
      at(verifier.json, 'access_request_verifier_result', 'verifier_targets', 'verifier_target'),
    ).toMatchObject({ management_id: 21, verification_status: 'implemented', revision_number: revision });
  },
);

it('gives risk with the Designer run and carries fields on under new ids', async () => {
  const id = await standIn.create();
  const design = await standIn.place(id);
  await standIn.call('PUT', `${design.designerPath}/redesign`);
  await standIn.done(await standIn.notPending(id));
  const approval = await standIn.place(id);
  expect(approval.fieldId).not.toBe(design.fieldId);
  const field = (await standIn.call('GET', `${approval.taskPath}/fields/${String(approval.fieldId)}`)).json;
  expect(at(field, 'field', 'access_request', 'risk_analysis_result')).toMatchObject({
    status: 'has risk',
    security_policy_violations: { security_policy_violation: { severity: 'MEDIUM' } },
  });
});

it('has no risk results in a group change', async () => {
  const body = {
    ticket: {
      subject: 'group',
      workflow: { name: 'Group change' },
      steps: {
        step: [
          {
            name: 'Submit Request',
            tasks: {
              task: {
                fields: {
                  field: {
                    '@xsi.type': 'multi_group_change',
                    name: 'Modify network object group',
                    group_change: {
                      name: 'g',
                      management_id: 21,
                      change_action: 'CREATE',
                      members: { member: [] },
                    },
                  },
                },
              },
            },
          },
        ],
      },
    },
  };
  const created = await standIn.call('POST', `${API}/tickets`, body);
  const id = Number(created.headers.get('location')?.split('/').pop());
  await standIn.call('PUT', `${(await standIn.place(id)).designerPath}/redesign`);
  const place = await standIn.notPending(id);
  expect(place.designer).toBe('designer success');
  expect(JSON.stringify(await standIn.ticket(id))).not.toContain('risk_analysis_result');
});

describe('writing to a task', () => {
  it('saves fields without advancing, and refuses ids of another step', async () => {
    const { id, place } = await standIn.implementation();
    const fields = list(at((await standIn.call('GET', `${place.taskPath}/fields`)).json, 'fields', 'field'));
    const text = fields.find((field) => field['name'] === 'ITSM change');
    const put = (field: object) =>
      standIn.call('PUT', `${place.taskPath}/fields/`, { fields: { field: [field] } });
    expect(
      (await put({ '@xsi.type': 'text_field', id: text?.['id'], name: 'ITSM change', text: 'CHG1' })).status,
    ).toBe(200);
    expect((await put({ '@xsi.type': 'text_field', id: 1, name: 'ITSM change', text: 'CHG2' })).status).toBe(
      400,
    );
    const read = await standIn.call('GET', `${place.taskPath}/fields/${String(text?.['id'])}`);
    expect(at(read.json, 'field', 'text')).toBe('CHG1');
    expect((await standIn.place(id)).step).toBe('Implementation');
  });

  it('never lets results be written by a client', async () => {
    const { place } = await standIn.implementation();
    const path = `${place.taskPath}/fields/${String(place.fieldId)}`;
    const before = (await standIn.call('GET', path)).json as { field: { designer_result: object } };
    await standIn.call('PUT', path, {
      field: { ...before.field, designer_result: { status: 'commit success' } },
    });
    expect((await standIn.call('GET', path)).json).toEqual(before);
  });

  it('is refused while it has no holder, unless the switch allows it', async () => {
    const id = await standIn.create('Firewall change (confirmed)');
    await standIn.act(id, 'a.kaya', 'approve');
    const place = await standIn.place(id);
    expect(place).toMatchObject({
      step: 'Implementation',
      taskStatus: 'WAITING_TO_BE_ASSIGNED',
      assignee: undefined,
    });
    expect((await standIn.done(place)).status).toBe(403);
    await standIn.control('PUT', '/switches', { writeUnassignedTasks: 'allow' });
    expect((await standIn.done(place)).status).toBe(200);
  });

  it('of another person needs the on-behalf permission, or its own hands after accept and reassign', async () => {
    const id = await standIn.create('Firewall change (confirmed)');
    const approval = await standIn.place(id);
    standIn.user = 'o.brandt';
    expect((await standIn.done(approval)).status).toBe(403);
    standIn.user = 'wf-api';
    expect((await standIn.call('PUT', `${approval.taskPath}/accept`)).status).toBe(403);
    expect(await standIn.place(id)).toMatchObject({ assignee: 'a.kaya' });
    await standIn.act(id, 'a.kaya', 'approve');
    const place = await standIn.place(id);
    expect((await standIn.call('PUT', `${place.taskPath}/accept`)).status).toBe(200);
    expect(await standIn.place(id)).toMatchObject({ taskStatus: 'ASSIGNED', assignee: 'wf-api' });
    const comment = { reassign_task_comment: { comment: 'On call' } };
    expect((await standIn.call('PUT', `${place.taskPath}/reassign/57`, comment)).status).toBe(200);
    standIn.user = 'o.brandt';
    expect((await standIn.done(await standIn.place(id))).status).toBe(200);
    expect(await descriptions(id)).toEqual(
      expect.arrayContaining(['Ticket accepted by wf-api', 'Ticket reassigned to o.brandt']),
    );
  });

  it('with approved=false rejects the ticket; without a decision it is refused', async () => {
    const id = await standIn.create('Firewall change (confirmed)');
    const place = await standIn.place(id);
    expect((await standIn.done(place)).json).toMatchObject({ result: { code: 'FIELD_VALIDATION_ERROR' } });
    const field = {
      '@xsi.type': 'approve_reject',
      name: 'Approve Access Request',
      approved: false,
      reason: 'no',
    };
    expect((await standIn.done(place, { field })).status).toBe(200);
    expect(await standIn.ticket(id)).toMatchObject({ status: 'Ticket Rejected' });
  });
});

describe('redo', () => {
  it('keeps step and task ids by default and empties the approval', async () => {
    const { id, place } = await standIn.implementation();
    const before = await standIn.ticket(id);
    const [, design, approval] = list(at(before, 'steps', 'step'));
    const redo = await standIn.call('PUT', `${place.taskPath}/redo/${String(design?.['id'])}`, {
      redo_step_comment: { comment: 'again' },
    });
    expect(redo.status).toBe(200);
    const back = await standIn.arrives(id, 'Design and Risk');
    expect(back.stepId).toBe(design?.['id']);
    expect(at(await standIn.ticket(id), 'steps', 'step', 1, 'redone')).toBe(true);
    await standIn.call('PUT', `${back.designerPath}/redesign`);
    await standIn.done(await standIn.notPending(id));
    const again = await standIn.place(id);
    expect([again.stepId, again.taskId]).toEqual([approval?.['id'], at(approval, 'tasks', 'task', 'id')]);
    const fields = list(at((await standIn.call('GET', `${again.taskPath}/fields`)).json, 'fields', 'field'));
    expect(fields.find((field) => field['@xsi.type'] === 'approve_reject')).not.toHaveProperty('approved');
    expect(await descriptions(id)).toContain('Reverted request to a previous task');
  });

  it('makes new ids and keeps the old steps listed when the switch says renew', async () => {
    await standIn.control('PUT', '/switches', { redoStepIds: 'renew' });
    const { id, place } = await standIn.implementation();
    const [, design] = list(at(await standIn.ticket(id), 'steps', 'step'));
    await standIn.call('PUT', `${place.taskPath}/redo/${String(design?.['id'])}`);
    const back = await standIn.arrives(id, 'Design and Risk');
    expect(back.stepId).not.toBe(design?.['id']);
    const steps = list(at(await standIn.ticket(id), 'steps', 'step'));
    expect(steps.map((step) => [step['name'], step['redone']])).toEqual([
      ['Open Request', false],
      ['Design and Risk', true],
      ['Approval', true],
      ['Implementation', true],
      ['Design and Risk', false],
    ]);
  });
});

describe('endings', () => {
  it('cancel and reject end a ticket once', async () => {
    const [cancelled, rejected] = [await standIn.create(), await standIn.create()];
    expect(
      (await standIn.call('PUT', `${API}/tickets/${String(cancelled)}/cancel?requester_id=45`)).status,
    ).toBe(200);
    const reject = { reject_comment: { comment: 'Refused' } };
    expect(
      (await standIn.call('PUT', `${API}/tickets/${String(rejected)}/reject?handler_id=11`, reject)).status,
    ).toBe(200);
    expect(await standIn.ticket(cancelled)).toMatchObject({ status: 'Ticket Cancelled' });
    expect(await standIn.ticket(rejected)).toMatchObject({ status: 'Ticket Rejected' });
    expect((await standIn.call('PUT', `${API}/tickets/${String(cancelled)}/cancel`)).status).toBe(400);
  });

  it('a workflow with confirmation resolves, reopens in a new epoch, and closes when confirmed', async () => {
    const id = await standIn.create('Firewall change (confirmed)');
    const finish = async (): Promise<void> => {
      await standIn.act(id, 'o.brandt', 'assign');
      await standIn.act(id, 'o.brandt', 'complete');
    };
    await standIn.act(id, 'a.kaya', 'approve');
    await finish();
    expect(await standIn.ticket(id)).toMatchObject({ status: 'Ticket Resolved', current_step: '' });
    await standIn.act(id, 'j.meier', 'reopen', { comment: 'Traffic still blocked' });
    expect(await standIn.place(id)).toMatchObject({ status: 'In Progress', step: 'Implementation' });
    await finish();
    const confirm = { confirm_comment: { comment: 'Works' } };
    expect(
      (await standIn.call('PUT', `${API}/tickets/${String(id)}/confirm?requester_id=45`, confirm)).status,
    ).toBe(200);
    expect(await standIn.ticket(id)).toMatchObject({ status: 'Ticket Closed' });
  });

  it('an expired ticket starts over when resubmitted', async () => {
    const { id } = await standIn.implementation();
    await standIn.act(id, 'j.meier', 'expire');
    expect(await standIn.ticket(id)).toMatchObject({ expiration_status: 'EXPIRED' });
    await standIn.act(id, 'j.meier', 'resubmit');
    expect(await standIn.place(id)).toMatchObject({ step: 'Design and Risk', taskStatus: 'ASSIGNED' });
  });
});

describe('automatic steps', () => {
  it('run their tools while the task is PENDING and move on', async () => {
    await standIn.control('PUT', '/timings', { autoStepMs: 600_000 });
    const id = await standIn.create('Firewall change (auto)');
    expect(await standIn.place(id)).toMatchObject({ step: 'Design and Risk', taskStatus: 'PENDING' });
    for (let tool = 0; tool < 3; tool += 1) await standIn.finish();
    expect(await standIn.place(id)).toMatchObject({ step: 'Approval' });
    expect(await descriptions(id)).toEqual(
      expect.arrayContaining([
        'Move task to the pending status (Executing automatic tasks)',
        'Automatic step: Designer (Design stage) completed',
        'Automatic step: Risk completed',
      ]),
    );
  });

  it('stay with their handler when a tool fails', async () => {
    await standIn.running.close();
    const { defaultScenario } = await import('../src/index.js');
    const workflows = structuredClone(defaultScenario.workflows);
    const step = workflows.find((one) => one.name === 'Firewall change (auto)')?.steps[1];
    if (step) step.failTool = 'designer';
    standIn = await startStandIn({ workflows });
    const id = await standIn.create('Firewall change (auto)');
    const place = await standIn.notPending(id);
    expect(place).toMatchObject({ step: 'Design and Risk', taskStatus: 'ASSIGNED', assignee: 'o.brandt' });
    expect((await descriptions(id))[0]).toBe(
      'Automatic step: Designer (Design stage) failed due to: no relevant targets',
    );
  });
});

it('shows the new step only after the delay of the switch', async () => {
  await standIn.control('PUT', '/switches', { advanceVisibleDelayMs: 600_000 });
  const id = await standIn.create();
  expect((await standIn.place(id)).step).toBe('Open Request');
  await standIn.finish();
  expect((await standIn.place(id)).step).toBe('Design and Risk');
});
