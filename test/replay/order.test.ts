import { Worker } from '@temporalio/worker';

import { recordingsOf } from '../support/recordings.js';
import { workflowBundle } from '../support/replay.js';

/** Exchanges two pieces of the bundle; fails when it does not contain each of them once. */
function exchange(code: string, first: RegExp, second: RegExp): string {
  const [one = '', other = ''] = [first, second].map((statement) => {
    const found = code.match(new RegExp(statement, 'g')) ?? [];
    expect(found).toHaveLength(1);
    return found[0];
  });
  return code
    .replace(one, () => '/* here */')
    .replace(other, () => one)
    .replace('/* here */', () => other);
}

it('two activities in another order fail the replay', async () => {
  const { code } = await workflowBundle();
  const changed = exchange(code, /run\.write\('redesign'/, /run\.write\('advance'/);
  const ticket = recordingsOf('happy').find(({ file }) => file.startsWith('ticket-'))!;

  const replay = Worker.runReplayHistory({ workflowBundle: { code: changed } }, ticket.history, 'ticket/1');

  await expect(replay).rejects.toMatchObject({
    name: 'DeterminismViolationError',
    message: expect.stringMatching(
      /TMPRL1100.*'(redesign|advance)' does not match .*'(redesign|advance)'/,
    ) as string,
  });
});
