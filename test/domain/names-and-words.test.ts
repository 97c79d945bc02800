import { inspect } from 'node:util';

import fc from 'fast-check';

import { canonicalJson } from '../../src/domain/canonical-json.js';
import {
  allowedUnverified,
  canonicalCommand,
  mayCommand,
  rolesFor,
  ROLES,
  type Command,
  type Role,
} from '../../src/domain/commands.js';
import { durationText } from '../../src/domain/duration-text.js';
import { CallFailure, isFailureKind } from '../../src/domain/failure.js';
import {
  correlationId,
  effectKey,
  laneKeyOf,
  laneWorkflowId,
  ticketIdOf,
  ticketWorkflowId,
  type Effect,
} from '../../src/domain/ids.js';
import { evidenceOfFailure, parking, waysAfterFailure } from '../../src/domain/parking.js';
import { maySkip, PHASES } from '../../src/domain/phase.js';
import { evidenceKey, isDone, updateEnforces, type Target } from '../../src/domain/provisioning.js';
import { Secret } from '../../src/domain/secret.js';
import { toWords } from '../../src/domain/words.js';

describe('names', () => {
  it('of effects are different for different effects, whatever stands in them', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('a/b', 'a', 'b', '/', '%2F', ''));
    const effect: fc.Arbitrary<Effect> = fc.record({
      ticketId: text,
      epoch: fc.integer({ min: 1, max: 3 }),
      stepName: text,
      phase: text,
      target: text,
    });
    fc.assert(
      fc.property(effect, effect, (one, other) => {
        expect(effectKey(one) === effectKey(other)).toBe(canonicalJson(one) === canonicalJson(other));
      }),
      { numRuns: 1_000 },
    );
  });

  it('of workflows lead back to what they name, and to nothing else', () => {
    expect(ticketIdOf(ticketWorkflowId('4711'))).toBe('4711');
    expect(laneKeyOf(laneWorkflowId('boss/1'))).toBe('boss/1');
    expect(ticketIdOf('lane/4711')).toBeUndefined();
    expect(laneKeyOf('control')).toBeUndefined();
  });

  it('of changes in the ITSM are one for a ticket and a server', () => {
    expect(correlationId('4711', 'servicenow')).toBe('securechange-4711-servicenow');
  });
});

describe('canonical JSON', () => {
  it('is the same for the same value, whoever built it, and is read back as that value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(canonicalJson({ b: 1, a: [2, undefined, { d: 1, c: undefined }] })).toBe(
      '{"a":[2,null,{"d":1}],"b":1}',
    );
  });
});

const TICKET = ['retry', 'skip', 'hold', 'resume', 'abort', 'adopt'] as const;
const COMMANDS: readonly Command[] = [
  ...TICKET.map((kind) => ({ kind })),
  { kind: 'decideUnknownPush', answer: 'wasSent' },
  { kind: 'decidePartial', target: 'x', answer: 'accept' },
  { kind: 'completeManual', target: 'x', evidence: 'seen' },
  { kind: 'retryMessage', message: 1 },
  { kind: 'dropMessage', message: 1 },
  { kind: 'acceptLedger', ticketId: null },
  { kind: 'pause' },
  { kind: 'stop' },
  { kind: 'start' },
];

describe('commands', () => {
  it('are given by operators; approvers decide about pushes and ledgers; no other role gives commands', () => {
    const may = (role: Role): string[] =>
      COMMANDS.filter((command) => mayCommand({ login: 'x', roles: [role] }, command)).map(
        ({ kind }) => kind,
      );
    expect(may('operator')).toEqual(COMMANDS.map(({ kind }) => kind));
    expect(may('approver')).toEqual(['decideUnknownPush', 'decidePartial', 'completeManual', 'acceptLedger']);
    for (const role of ROLES.filter((each) => each !== 'operator' && each !== 'approver'))
      expect(may(role)).toEqual([]);
    expect(mayCommand({ login: 'x', roles: [] }, { kind: 'hold' })).toBe(false);
    for (const command of COMMANDS) expect(rolesFor(command)).toContain('operator');
  });

  it('without a signature may hold and stop, nothing else', () => {
    expect(COMMANDS.filter(allowedUnverified).map(({ kind }) => kind)).toEqual(['hold', 'pause', 'stop']);
  });

  it('are signed over everything but the signature', () => {
    const base = {
      command: { kind: 'hold' } as const,
      reason: 'wait',
      key: 'k',
      workflowId: 'ticket/1',
      actor: { login: 'olga', roles: ['operator'] as const },
      issuedAtMs: 7,
    };
    const texts = [
      base,
      { ...base, command: { kind: 'abort' } as const },
      { ...base, reason: 'x' },
      { ...base, key: 'x' },
      { ...base, workflowId: 'ticket/2' },
      { ...base, actor: { login: 'x', roles: base.actor.roles } },
      { ...base, issuedAtMs: 8 },
    ].map(canonicalCommand);
    expect(new Set(texts).size).toBe(texts.length);
  });
});

describe('parking', () => {
  it('says what to type, with ticket and target in place', () => {
    const parked = parking({
      ticketId: '4711',
      code: 'push.unknown',
      phase: 'commit',
      target: 'm-FW1',
      reason: 'was it sent?',
      evidence: null,
      sinceMs: 0,
      ways: [
        'decideUnknownPush',
        'decidePartial',
        'completeManual',
        'retry',
        'skip',
        'abort',
        'acceptLedger',
        'start',
        'retryMessage',
        'dropMessage',
        'hold',
        'resume',
        'adopt',
      ],
    });
    for (const { command, hint } of parked.waysOut) {
      expect(hint).toMatch(/^sco [a-z]/);
      if (['decidePartial', 'completeManual'].includes(command)) expect(hint).toContain('--target m-FW1');
      if (!['acceptLedger', 'retryPush', 'decideUnknownPush', 'start'].includes(command))
        expect(hint).toContain('4711');
    }
    expect(parked.waysOut.map(({ command }) => command)).toEqual(expect.arrayContaining(['retry', 'abort']));
  });

  it('offers to skip only what may be skipped', () => {
    const skippable = PHASES.filter((phase) => waysAfterFailure(phase).includes('skip'));
    expect(skippable).toEqual(PHASES.filter(maySkip));
    expect(PHASES.filter((phase) => !maySkip(phase))).toEqual(['riskCheck', 'approval', 'changeWindow']);
    expect(waysAfterFailure(null)).toEqual(['retry', 'abort']);
  });

  it('keeps the evidence of a failure: system, operation, code, kind, status and holder', () => {
    const facts = {
      kind: 'locked',
      system: 'securechange',
      operation: 'Commit FW1',
      code: 'securechange.locked',
      message: 'm',
      status: 409,
      holder: 'n.weber',
    } as const;
    expect(evidenceOfFailure(facts)).toBe(
      'securechange: Commit FW1: securechange.locked (locked, status 409, held by n.weber)',
    );
  });
});

describe('failures and secrets', () => {
  it('a failure names system, operation and reason; its kind is one of a closed list', () => {
    const failure = new CallFailure({
      kind: 'auth',
      system: 'itsm/x',
      operation: 'create',
      code: 'http.unauthorized',
      message: 'not accepted',
    });
    expect(failure.message).toBe('itsm/x: create: not accepted');
    expect(isFailureKind('auth')).toBe(true);
    expect(isFailureKind('fatal')).toBe(false);
  });

  it('a secret never prints', () => {
    const secret = new Secret('hunter2');
    expect([String(secret), JSON.stringify({ secret }), inspect({ secret })].join()).not.toContain('hunter2');
    expect(secret.reveal()).toBe('hunter2');
  });
});

describe('targets', () => {
  const target = (update: Target['update'], commit: Target['commit']): Target => ({
    managementId: 'm',
    name: 'n',
    path: ['l', 'm'],
    push: null,
    vendor: 'v',
    laneKey: 'l',
    laneName: 'l',
    enforcedBy: 'commit',
    updateBy: 'automatic',
    commitBy: 'automatic',
    instructionDigest: 'd',
    update,
    commit,
    commitBaseline: null,
    manualEvidence: null,
    message: null,
  });

  it('are done when Update and Commit are done or not needed', () => {
    expect(isDone(target('done', 'done'))).toBe(true);
    expect(isDone(target('notNeeded', 'notNeeded'))).toBe(true);
    for (const open of ['todo', 'running', 'failed', 'unknown'] as const) {
      expect(isDone(target(open, 'done'))).toBe(false);
      expect(isDone(target('done', open))).toBe(false);
    }
  });

  it('with an unknown kind of enforcement wait like those that enforce', () => {
    const waiting = (['update', 'commit', 'unknown'] as const).filter((enforcedBy) =>
      updateEnforces({ enforcedBy }),
    );
    expect(waiting).toEqual(['update', 'unknown']);
  });

  it('show by their evidence whether a Commit happened since', () => {
    const before = { state: 'committed', reportStart: '10:00', message: 'a' } as const;
    expect(evidenceKey(before)).toBe(evidenceKey({ ...before, message: 'b' }));
    expect(evidenceKey(before)).not.toBe(evidenceKey({ ...before, reportStart: '11:00' }));
    expect(evidenceKey(before)).not.toBe(evidenceKey({ ...before, state: 'failed' }));
  });
});

describe('words', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1 s'],
    [62_000, '1 m 2 s'],
    [2 * 3_600_000, '2 h'],
    [52 * 3_600_000 + 59_000, '2 d 4 h'],
    [-90_000, '1 m 30 s'],
  ])('%i ms is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('come from identifiers, and leave everything else as it is', () => {
    expect(toWords('laneBeginSend')).toBe('lane begin send');
    expect(toWords('AUTOMATION_FAILED')).toBe('AUTOMATION_FAILED');
  });
});
