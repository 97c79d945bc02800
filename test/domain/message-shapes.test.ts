import fc from 'fast-check';

import { check } from '../../src/domain/shape.js';
import { MESSAGES, type MessageName } from '../../workflows/message-shapes.js';
import * as messages from '../../workflows/messages.js';
import { MESSAGE_SAMPLES } from '../support/message-samples.js';

const NAMES = Object.keys(MESSAGES) as MessageName[];

const read = (name: MessageName, given: unknown) => check<unknown>(MESSAGES[name].shape, given, name);

/** The sample with one member, at any depth, replaced or removed. */
function damaged(value: unknown, damage: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null) return damage;
  const entries = Object.entries(value);
  if (entries.length === 0) return damage;
  return fc.oneof(
    damage,
    fc.constantFrom(...entries).chain(([key, member]) =>
      damaged(member, damage).map((other): unknown => {
        if (Array.isArray(value)) return value.map((item: unknown, i) => (String(i) === key ? other : item));
        return other === undefined
          ? Object.fromEntries(entries.filter(([name]) => name !== key))
          : { ...value, [key]: other };
      }),
    ),
  );
}

describe.each(NAMES)('the form of %s', (name) => {
  it('is named in the table as it is sent', () => {
    expect(messages[name].name).toBe(name);
  });

  it('lets a message of ours through as it is', () => {
    expect(read(name, MESSAGE_SAMPLES[name])).toEqual({ ok: true, value: MESSAGE_SAMPLES[name] });
  });

  it('takes any JSON without throwing, and keeps nothing of it that it does not name', () => {
    const anything = fc.oneof(
      fc.array(fc.jsonValue(), { maxLength: 3 }),
      damaged(MESSAGE_SAMPLES[name], fc.option(fc.jsonValue(), { nil: undefined })),
    );
    fc.assert(
      fc.property(anything, (given) => {
        const once = read(name, given);
        if (once.ok) expect(read(name, once.value)).toEqual(once);
        else expect(once.why.length).toBeLessThan(300);
      }),
    );
  });

  it('leaves out members that it does not know', () => {
    const more = MESSAGE_SAMPLES[name].map((argument: unknown) =>
      typeof argument === 'object' && !Array.isArray(argument)
        ? { ...argument, padding: 'x'.repeat(1_000) }
        : argument,
    );
    expect(read(name, [...more, 'one more argument'])).toEqual({ ok: true, value: MESSAGE_SAMPLES[name] });
  });
});

describe('bounds', () => {
  const [signed] = MESSAGE_SAMPLES.operateControl;
  const [event] = MESSAGE_SAMPLES.ticketReported;

  it.each<[string, MessageName, unknown]>([
    ['a reason of 1.5 MB', 'operateControl', { ...signed, reason: 'x'.repeat(1_500_000) }],
    ['a key without end', 'operateControl', { ...signed, key: 'x'.repeat(129) }],
    [
      'more roles than there are',
      'operateControl',
      { ...signed, actor: { login: 'o', roles: Array(7).fill('viewer') } },
    ],
    ['no actor', 'operateControl', { ...signed, actor: undefined }],
    ['a time that is none', 'operateControl', { ...signed, issuedAtMs: 1e300 }],
    ['a command of another workflow', 'operateControl', { ...signed, command: { kind: 'pause' } }],
    [
      'a command named like a member of every object',
      'operateControl',
      { ...signed, command: { kind: 'constructor' } },
    ],
    [
      'an XML over the limit',
      'ticketReported',
      { ...event, script: { ...event.script, ticketInfoXml: 'x'.repeat(200_000) } },
    ],
    [
      'an argument of a script that the gateway would not let pass',
      'ticketReported',
      { ...event, script: { ...event.script, args: ['x'.repeat(257)] } },
    ],
    [
      'more arguments of a script than the gateway would let pass',
      'ticketReported',
      { ...event, script: { ...event.script, args: Array(33).fill('x') } },
    ],
    ['a push of number 0', 'laneNews', { ...MESSAGE_SAMPLES.laneNews[0], n: 0 }],
    ['a result of no kind', 'laneNews', { ...MESSAGE_SAMPLES.laneNews[0], result: { kind: 'fine' } }],
    [
      'a thousand and one enrolments',
      'laneEnrol',
      {
        ...MESSAGE_SAMPLES.laneEnrol[0],
        enrolments: Array(1_001).fill(MESSAGE_SAMPLES.laneEnrol[0].enrolments[0]),
      },
    ],
  ])('refuses %s', (_, name, argument) => {
    expect(read(name, [argument])).toMatchObject({ ok: false });
  });

  it('shortens text that is only shown', () => {
    const long = { ...event, info: { ...event.info, subject: 'x'.repeat(100_000) } };
    const checked = read('ticketReported', [long]);
    expect(JSON.stringify(checked).length).toBeLessThan(5_000);
    expect(checked).toMatchObject({ ok: true });
  });

  it('says where the form is wrong, in our own words', () => {
    const other = { ...signed, actor: { login: 'SECRET '.repeat(100), roles: [] } };
    expect(read('operateControl', [other])).toEqual({
      ok: false,
      why: 'operateControl, argument 1.actor.login: expected text of 1 to 128 characters',
    });
  });
});
