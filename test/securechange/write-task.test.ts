import { startTcpServer, type Answer, type Received } from '../support/recorded-server.js';
import { failureOf } from '../support/failure-of.js';
import { readFixture, readJsonFixture } from './fixture.js';
import { API, FIELD, TASK, clientFor, clientOn, closers, page, ref, type Routes } from './client-on.js';

describe('Designer, Update and Commit', () => {
  const accepted: Routes = {
    [`PUT ${FIELD}/designer/redesign`]: { status: 202 },
    [`PUT ${FIELD}/designer/device/21/update`]: { status: 202 },
    [`PUT ${FIELD}/designer/device/21/commit`]: { status: 202 },
  };

  it('are PUTs without a body, on the device of the suggestion', async () => {
    const { client, received } = await clientOn(accepted);
    expect(await client.redesign(ref)).toBe('started');
    await client.update(ref, '21');
    await client.commit(ref, '21');
    expect(received.map((one) => [one.method, one.path.slice(FIELD.length), one.body])).toEqual([
      ['PUT', '/designer/redesign', ''],
      ['PUT', '/designer/device/21/update', ''],
      ['PUT', '/designer/device/21/commit', ''],
    ]);
  });

  it('a redesign that is not needed is a result', async () => {
    const body = readFixture('securechange', 'error.400-redesign-not-needed.json');
    const { client } = await clientOn({ [`PUT ${FIELD}/designer/redesign`]: { status: 400, body } });
    expect(await client.redesign(ref)).toBe('notNeeded');
  });

  it.each([
    [400, 'error.400-commit-not-supported.json', 'rejected', 'securechange.commit_not_supported'],
    [500, 'error.500-transient-db.json', 'ambiguous', 'securechange.database'],
  ])('a refused Commit (%i %s) is %s', async (status, name, kind, code) => {
    const answer = { status, body: readFixture('securechange', name) };
    const { client, received } = await clientOn({ [`PUT ${FIELD}/designer/device/21/commit`]: answer });
    expect(await failureOf(client.commit(ref, '21'))).toMatchObject({ kind, code, status });
    expect(received).toHaveLength(1);
  });

  it('a Commit with nothing to commit is no accepted Commit', async () => {
    const body = { result: { code: 'BAD_REQUEST_ERROR', message: 'Commit not needed' } };
    const { client } = await clientOn({ [`PUT ${FIELD}/designer/device/21/commit`]: { status: 400, body } });
    expect(await failureOf(client.commit(ref, '21'))).toMatchObject({
      kind: 'rejected',
      code: 'securechange.not_needed',
    });
  });

  it('are sent once, and ambiguous when the answer is lost', async () => {
    const server = await startTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    closers.push(() => server.close());
    const client = clientFor(server.url);
    expect(await failureOf(client.commit(ref, '21'))).toMatchObject({
      kind: 'ambiguous',
      system: 'securechange',
    });
    expect(await failureOf(client.update(ref, '21'))).toMatchObject({ kind: 'ambiguous' });
    expect(server.connections()).toBe(2);
    expect(await failureOf(client.redesign(ref))).toMatchObject({ kind: 'transient' });
  });

  it.each(['update', 'commit'] as const)(
    '%s is asked for without a parameter such as force',
    async (call) => {
      const path = `${FIELD}/designer/device/21/${call}`;
      const { client, received } = await clientOn({ [`PUT ${path}`]: { status: 202 } });
      await (call === 'commit' ? client.commit(ref, '21') : client.update(ref, '21'));
      expect(received.map((one) => one.path)).toEqual([path]);
    },
  );

  it.each(['update', 'commit'] as const)(
    '%s is not accepted by a page, nor by another good status',
    async (call) => {
      const send = async (answer: Answer) => {
        const { client } = await clientOn({ [`PUT ${FIELD}/designer/device/21/${call}`]: answer });
        return call === 'commit' ? client.commit(ref, '21') : client.update(ref, '21');
      };
      const unproven = { kind: 'ambiguous', code: 'securechange.unproven' };
      expect(await failureOf(send({ status: 202, body: page }))).toMatchObject(unproven);
      expect(await failureOf(send({ status: 200 }))).toMatchObject(unproven);
      const failed = readFixture('securechange', 'error.500-transient-db.json');
      expect(await failureOf(send({ status: 202, body: failed }))).toMatchObject({ kind: 'ambiguous' });
      await send({ status: 202, body: '<task><id>7304</id></task>' });
      await send({ status: 202, body: { task: { id: 7304 } } });
    },
  );

  it('a redesign answered by a page may be asked for again', async () => {
    const { client } = await clientOn({ [`PUT ${FIELD}/designer/redesign`]: { status: 202, body: page } });
    expect(await failureOf(client.redesign(ref))).toMatchObject({ kind: 'transient' });
  });

  it('stop when the caller does', async () => {
    const { client, received } = await clientOn(accepted);
    expect(await failureOf(client.commit(ref, '21', AbortSignal.abort()))).toMatchObject({
      kind: 'transient',
    });
    expect(received).toHaveLength(0);
  });
});

describe('writing to a task', () => {
  const writes: Routes = { [`PUT ${TASK}`]: {}, [`PUT ${TASK}/fields`]: {} };
  const approvalTicket = () => {
    const wire = readJsonFixture('securechange', 'ticket.in-progress.single-as-object.json');
    wire.ticket.steps.step[3].tasks.task.fields.field.push(
      {
        '@xsi.type': 'approve_reject',
        id: 81033,
        name: 'Approve Access Request',
        read_only: false,
        reason: '',
      },
      { '@xsi.type': 'text_field', id: 81034, name: 'Fixed', read_only: true, text: '' },
      { '@xsi.type': 'drop_down_list', id: 81035, name: 'Choice', selection: '' },
    );
    return { [`GET ${API}/tickets/1201`]: { body: wire } };
  };
  const bodyOf = (received: readonly Received[]) => JSON.parse(received.at(-1)?.body ?? '');

  it('completes it with these values and nothing else', async () => {
    const { client, received } = await clientOn({ ...approvalTicket(), ...writes });
    await client.completeTask(ref, [
      { kind: 'approveReject', fieldName: 'Approve Access Request', approved: true, reason: 'CHG1' },
      { kind: 'text', fieldName: 'ITSM change', text: 'CHG1' },
      { kind: 'text', fieldName: 'Choice', text: 'B' },
    ]);
    expect(received.at(-1)).toMatchObject({ method: 'PUT', path: TASK });
    expect(received.at(-1)?.headers['content-type']).toBe('application/json');
    expect(bodyOf(received)).toEqual({
      task: {
        id: 7304,
        status: 'DONE',
        fields: {
          field: [
            {
              '@xsi.type': 'approve_reject',
              id: 81033,
              name: 'Approve Access Request',
              approved: true,
              reason: 'CHG1',
            },
            { '@xsi.type': 'text_field', id: 81032, name: 'ITSM change', text: 'CHG1' },
            { '@xsi.type': 'drop_down_list', id: 81035, name: 'Choice', selection: 'B' },
          ],
        },
      },
    });
  });

  it('without values sends none and reads nothing', async () => {
    const { client, received } = await clientOn(writes);
    await client.completeTask(ref, []);
    expect(bodyOf(received)).toEqual({ task: { id: 7304, status: 'DONE', fields: { field: [] } } });
    await client.writeFields(ref, []);
    expect(received).toHaveLength(1);
  });

  it('writes fields without completing', async () => {
    const { client, received } = await clientOn({ ...approvalTicket(), ...writes });
    await client.writeFields(ref, [{ kind: 'text', fieldName: 'ITSM change', text: 'CHG2' }]);
    expect(received.at(-1)).toMatchObject({ method: 'PUT', path: `${TASK}/fields` });
    expect(bodyOf(received)).toEqual({
      fields: { field: [{ '@xsi.type': 'text_field', id: 81032, name: 'ITSM change', text: 'CHG2' }] },
    });
  });

  it.each([
    ['Nowhere', 'securechange.field_missing'],
    ['Fixed', 'securechange.field_read_only'],
    ['Required Access', 'securechange.field_type'],
  ])('refuses to write text to %s', async (fieldName, code) => {
    const { client, received } = await clientOn({ ...approvalTicket(), ...writes });
    const failure = await failureOf(client.completeTask(ref, [{ kind: 'text', fieldName, text: 'x' }]));
    expect(failure).toMatchObject({ kind: 'rejected', code });
    expect(received.every((one) => one.method === 'GET')).toBe(true);
  });

  it('that is gone is refused before anything is sent', async () => {
    const { client, received } = await clientOn({ ...approvalTicket(), ...writes });
    const elsewhere = { ...ref, taskId: '9' };
    const failure = await failureOf(
      client.writeFields(elsewhere, [{ kind: 'text', fieldName: 'ITSM change', text: 'x' }]),
    );
    expect(failure).toMatchObject({ kind: 'rejected', code: 'securechange.ticket_moved_on' });
    expect(received.every((one) => one.method === 'GET')).toBe(true);
  });

  it('is not completed by a page that a proxy answers', async () => {
    const { client } = await clientOn({ ...approvalTicket(), [`PUT ${TASK}`]: { body: page } });
    expect(await failureOf(client.completeTask(ref, []))).toMatchObject({
      kind: 'ambiguous',
      code: 'securechange.unproven',
    });
  });

  it('accepts, reassigns, comments, goes back and rejects as documented', async () => {
    const user = { users: { user: { '@xsi.type': 'user', id: 11, name: 'wf-api' } } };
    const { client, received } = await clientOn({
      ...approvalTicket(),
      [`PUT ${TASK}/accept`]: {},
      [`PUT ${TASK}/reassign/57`]: {},
      [`POST ${TASK}/comments`]: { status: 201 },
      [`PUT ${TASK}/redo/7102`]: {},
      [`PUT ${API}/tickets/1201/reject`]: {},
      [`GET ${API}/users`]: { body: user },
    });
    await client.acceptTask(ref);
    await client.reassignTask(ref, '57', 'On call');
    await client.addComment(ref, 'moved');
    await client.redo(ref, 'Auto Design and Risk', 'Back to design');
    expect(await failureOf(client.redo(ref, 'Nowhere', 'Back'))).toMatchObject({
      code: 'securechange.step_missing',
    });
    await client.rejectTicket('1201', 'Refused');
    const others = received.filter(({ path }) => path !== `${API}/tickets/1201`);
    expect(others.map((one) => [one.method, one.path, one.body])).toEqual([
      ['PUT', `${TASK}/accept`, ''],
      ['PUT', `${TASK}/reassign/57`, '{"reassign_task_comment":{"comment":"On call"}}'],
      ['POST', `${TASK}/comments`, '{"comment":{"content":"moved"}}'],
      ['PUT', `${TASK}/redo/7102`, '{"redo_step_comment":{"comment":"Back to design"}}'],
      ['GET', `${API}/users?user_name=wf-api&exact_name=true`, ''],
      ['PUT', `${API}/tickets/1201/reject?handler_id=11`, '{"reject_comment":{"comment":"Refused"}}'],
    ]);
  });
});
