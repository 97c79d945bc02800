import { API, clientOn } from './client-on.js';

const MARK = 'securechange-orchestrator 1201/1/Design/commit/comment';
const US = { user: 'wf-api', user_id: 45 };

async function isThere(...comments: readonly object[]): Promise<boolean> {
  const ticket = {
    id: 1201,
    status: 'In Progress',
    workflow: { name: 'Firewall change' },
    steps: {},
    comments: { comment: comments },
  };
  const { client } = await clientOn({
    [`GET ${API}/tickets/1201`]: { body: { ticket } },
    [`GET ${API}/users`]: { body: { users: { user: [{ id: 45, name: 'wf-api', display_name: 'WF API' }] } } },
  });
  return await client.hasOwnComment('1201', MARK);
}

describe('a comment that we wrote already', () => {
  it.each([
    ['by id and login', US],
    ['by id, whatever name is shown', { user: 'Another name', user_id: '45' }],
    ['by login in another case', { user: 'WF-API' }],
    ['by display name', { user: 'WF API' }],
    ['where SecureChange does not say whose it is', {}],
  ])('is recognised %s', async (_what, by) => {
    expect(await isThere({ ...by, content: `push 7\n${MARK}` })).toBe(true);
  });

  it.each([
    ['of another user', { user: 'j.meier', user_id: 46 }, `push 7\n${MARK}`],
    ['of another user under our name', { user: 'wf-api', user_id: 46 }, `push 7\n${MARK}`],
    ['of another user without an id', { user: 'j.meier' }, `push 7\n${MARK}`],
    ['that names the key', US, `is ${MARK} done?`],
    ['that quotes ours', US, `${MARK}\nthanks`],
    ['of a longer key', US, `push 7\n${MARK}s`],
    ['about something else', US, 'push 7'],
  ])('is not one %s', async (_what, by, content) => {
    expect(await isThere({ ...by, content })).toBe(false);
  });
});
