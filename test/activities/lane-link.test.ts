import type { Client } from '@temporalio/client';

import { openLane } from '../../activities/lane-link.js';
import { signatureMatches } from '../../packages/client/src/sign.js';
import { DEFAULT_RULES } from '../../src/domain/lane.js';
import { check } from '../../src/domain/shape.js';
import { signedText } from '../../workflows/lane-inbox.js';
import { MESSAGES } from '../../workflows/message-shapes.js';
import { enrolment } from '../support/enrolment.js';
import { fakeEnvironment } from '../support/fake-environment.js';
import { ACTOR_KEY } from '../support/fake-temporal.js';

it('signs what the lane keeps of an enrolment: all rules of a manager may come with it', async () => {
  const env = fakeEnvironment();
  const sent: unknown[] = [];
  const temporal = {
    withDeadline: async (_: number, call: () => Promise<unknown>) => await call(),
    workflow: {
      getHandle: () => ({}),
      signalWithStart: async (_: string, { signalArgs }: { signalArgs: unknown[] }) => {
        sent.push(...(JSON.parse(JSON.stringify(signalArgs)) as unknown[]));
        await Promise.resolve();
      },
    },
  } as unknown as Client;
  await openLane({ ...env.deps(), temporal }, 'M', 'Panorama').enrol({ ...DEFAULT_RULES }, [enrolment()]);
  const received = check<unknown>(MESSAGES.laneEnrol.shape, sent, 'laneEnrol');
  if (!received.ok) throw new Error(received.why);
  const [kept] = received.value as [object];
  const { text, signature } = signedText('M', 'laneEnrol', kept);
  expect(signatureMatches(signature, text, [ACTOR_KEY])).toBe(true);
});
