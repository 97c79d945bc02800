import { failureOf } from '../support/failure-of.js';
import type { Recorded } from './fixture.js';
import { API, FIELD, TASK, clientOn, fieldOf, json, ref } from './client-on.js';

describe('the verifier', () => {
  const verifier = `${TASK}/multi_access_request/90131/verifier`;
  const results = (verification_status: string) => ({
    body: {
      access_request_verifier_result: {
        verifier_targets: {
          verifier_target: {
            management_name: 'DG-B',
            management_id: 21,
            verification_status,
            revision_number: 66,
            date: '2025-11-22',
            time: '23:41:03.000',
          },
        },
      },
    },
  });
  const verified = (status: string) =>
    fieldOf('commit success', (field) => {
      field.access_request.verifier_result = { status };
    });

  it.each([
    ['implemented', 'implemented', 'implemented', null],
    ['verified', 'implemented', 'implemented', null],
    ['implemented', 'not implemented', 'notImplemented', 'AR1: not implemented on DG-B'],
    ['implemented', 'not available', 'unverified', 'AR1: unknown on DG-B'],
  ])('request %s, target %s: %s', async (status, target, state, message) => {
    const { client } = await clientOn({
      [`GET ${FIELD}`]: verified(status),
      [`GET ${verifier}`]: results(target),
    });
    expect(await client.readVerifier(ref)).toMatchObject({ state, message });
  });

  it('says which revision of which device it looked at, for each access request', async () => {
    const { client } = await clientOn({
      [`GET ${FIELD}`]: verified('implemented'),
      [`GET ${verifier}`]: results('implemented'),
    });
    expect((await client.readVerifier(ref)).targets).toEqual([
      {
        managementId: '21',
        name: 'DG-B',
        revision: 66,
        revisionAt: '2025-11-22T23:41:03.000',
        status: 'implemented',
      },
    ]);
  });

  it.each([
    ['not run', 'unverified', 1],
    ['not available', 'unverified', 1],
    ['not implemented', 'notImplemented', 2],
  ])('request %s is %s, whether or not there is more to read', async (status, state, calls) => {
    const { client, received } = await clientOn({ [`GET ${FIELD}`]: verified(status) });
    expect((await client.readVerifier(ref)).state).toBe(state);
    expect(received).toHaveLength(calls);
  });

  it('with a target that cannot be read is never implemented', async () => {
    const body = results('implemented').body;
    const targets = body.access_request_verifier_result.verifier_targets as Recorded;
    targets.verifier_target = [targets.verifier_target, { management_id: { x: 1 } }];
    const { client } = await clientOn({
      [`GET ${FIELD}`]: verified('implemented'),
      [`GET ${verifier}`]: { body },
    });
    expect(await client.readVerifier(ref)).toMatchObject({
      state: 'unverified',
      message: 'AR1: unknown on verifier target at place 2',
    });
  });

  it('whose results cannot be had is unverified, as is a request without one', async () => {
    const { client } = await clientOn({ [`GET ${FIELD}`]: verified('implemented') });
    expect((await client.readVerifier(ref)).state).toBe('unverified');
    const group = fieldOf('commit success', (field) => {
      delete field.access_request;
      field['@xsi.type'] = 'multi_group_change';
    });
    expect((await (await clientOn({ [`GET ${FIELD}`]: group })).client.readVerifier(ref)).state).toBe(
      'unverified',
    );
  });
});

describe('the newest revision of a device', () => {
  const path = 'GET /securetrack/api/devices/21/latest_revision/';

  it.each([
    [{ revision: { id: 5685, revisionId: 10 } }, 10],
    [{ revision: { id: '5685', revisionId: '10' } }, 10],
    [{ revision: { id: 5685 } }, null],
    ['', null],
  ])("is SecureTrack's number of it, not its id: %j", async (body, number) => {
    const { client } = await clientOn({ [path]: { body } });
    expect(await client.readRevision('21')).toBe(number);
  });

  it('is nothing where SecureTrack has none', async () => {
    const { client } = await clientOn({ [path]: { status: 404 } });
    expect(await client.readRevision('21')).toBeNull();
  });
});

describe('the revisions of a device', () => {
  const path = 'GET /securetrack/api/devices/21/revisions/';
  const row = { id: 5685, revisionId: 10, admin: 'h.novak', date: '2025-11-22', time: '23:41:03.000' };
  const read = async (body: unknown) => (await clientOn({ [path]: { body } })).client.readRevisions('21');

  it('are the newest first, with whoever SecureTrack names', async () => {
    expect(
      await read({
        revision: [
          { ...row, revisionId: '9', admin: '-', time: '' },
          row,
          { revisionId: 8, admin: '', date: null },
        ],
      }),
    ).toEqual([
      { number: 10, administrator: 'h.novak', printedAt: '2025-11-22 23:41:03.000' },
      { number: 9, administrator: null, printedAt: '2025-11-22' },
      { number: 8, administrator: null, printedAt: null },
    ]);
    for (const none of [{ revision: '' }, { revision: {} }, { revision: [] }])
      expect(await read(none)).toEqual([]);
    expect(await read({ revision: row })).toHaveLength(1);
  });

  it.each([
    ['no number', { ...row, revisionId: undefined }],
    ['a number that is none', { ...row, revisionId: 'newest' }],
    ['a text in its place', 'text'],
  ])('with %s are not known: it may be that of another administrator', async (_what, odd) => {
    await expect(read({ revision: [row, odd] })).rejects.toMatchObject({
      facts: {
        kind: 'bug',
        message: expect.stringMatching(/revision (5685: revisionId|at place 2)/) as string,
      },
    });
  });
});

describe('users and workflows', () => {
  it('finds our own user once, whatever form the list comes in', async () => {
    const users = {
      users: {
        user: [
          { id: 5, name: 'wf-api-2' },
          { id: 11, name: 'WF-API' },
        ],
      },
    };
    const { client, received } = await clientOn({ [`GET ${API}/users`]: { body: users } });
    expect(await client.whoAmI()).toEqual({ login: 'WF-API', id: '11' });
    await client.whoAmI();
    expect(received).toHaveLength(1);
  });

  it('finds our own user beside one that cannot be read, and names that one where ours is missing', async () => {
    const odd = { id: 12, name: { first: 'x' } };
    const both = await clientOn({
      [`GET ${API}/users`]: { body: { users: { user: [odd, { id: 11, name: 'wf-api' }] } } },
    });
    expect(await both.client.whoAmI()).toEqual({ login: 'wf-api', id: '11' });
    const alone = await clientOn({ [`GET ${API}/users`]: { body: { users: { user: odd } } } });
    expect((await failureOf(alone.client.whoAmI())).message).toContain('user 12');
  });

  it('an empty answer means that there is no such user', async () => {
    const { client } = await clientOn({ [`GET ${API}/users`]: { body: '' } });
    expect(await failureOf(client.whoAmI())).toMatchObject({
      kind: 'rejected',
      code: 'securechange.unknown_user',
    });
    const other = await clientOn({ [`GET ${API}/users`]: json('securechange', 'users.by-name.json') });
    expect(await failureOf(other.client.whoAmI())).toMatchObject({ code: 'securechange.unknown_user' });
  });

  it('reads the active steps of a workflow, null when there is none', async () => {
    const steps = {
      step: [
        { name: 'Open Request' },
        { name: 'Old', is_active: false },
        { name: 'Approval', is_active: 'true' },
      ],
    };
    const path = `GET ${API}/workflows`;
    for (const body of [
      { workflow: { steps } },
      { access_request_workflow: { id: 1, steps } },
      { workflows: { workflow: { steps } } },
    ]) {
      const { client } = await clientOn({ [path]: { body } });
      expect(await client.readWorkflow('X')).toEqual({ steps: ['Open Request', 'Approval'] });
    }
    expect(await (await clientOn({})).client.readWorkflow('X')).toBeNull();
  });
});
