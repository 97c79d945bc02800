import { judgeApprovers } from '../../src/domain/approval.js';
import { isProven, samePerson } from '../../src/domain/identities.js';
import { unmetRight } from '../../src/domain/push-rights.js';

const NAMES = [
  ['a.kaya', 'uid=kaya', 'Aylin Kaya', 'auth0|77'],
  ['j.meier', 'jana.meier@corp.example'],
  ['o.brandt'],
];
const policy = { roles: [], requesterMayApprove: false };
const people = { serviceAccounts: ['sco'], approvers: { security: ['a.kaya'] }, identities: NAMES };

describe('names of one person', () => {
  it('are the same person in any case and with a domain, and no two others are', () => {
    expect(samePerson(NAMES, 'AYLIN KAYA', 'CORP\\a.kaya')).toBe(true);
    expect(samePerson(NAMES, 'Aylin Kaya', 'j.meier')).toBe(false);
    expect(samePerson([], 'Aylin Kaya', 'a.kaya')).toBe(false);
    expect(isProven(NAMES, 'u.nlisted')).toBe(false);
    expect(isProven([], 'u.nlisted')).toBe(true);
  });

  it('let no person approve their own request under another name', () => {
    expect(judgeApprovers(['jana.meier@corp.example'], 'j.meier', policy, people)).toEqual({
      reason: expect.stringContaining('the requester approved their own request') as string,
    });
    expect(judgeApprovers(['Aylin Kaya'], 'j.meier', policy, people)).toEqual({ by: ['Aylin Kaya'] });
  });

  it('have the roles of each other', () => {
    const security = { ...policy, roles: ['security'] };
    expect(judgeApprovers(['Aylin Kaya'], 'j.meier', security, people)).toEqual({ by: ['Aylin Kaya'] });
    expect(judgeApprovers(['o.brandt'], 'j.meier', security, people)).toHaveProperty('reason');
    const right = [{ name: 'PCI', for: {}, roles: ['security'] }];
    expect(unmetRight(right, ['auth0|77'], people)).toBeNull();
    expect(unmetRight(right, ['o.brandt'], people)).toContain('PCI');
  });

  it('that are listed nowhere prove nothing once names are listed, and do where none are', () => {
    expect(judgeApprovers(['u.nlisted'], 'j.meier', policy, people)).toEqual({
      reason: expect.stringContaining('u.nlisted approved and is not listed in people.yaml') as string,
    });
    const { identities: _, ...without } = people;
    expect(judgeApprovers(['u.nlisted'], 'j.meier', policy, without)).toEqual({ by: ['u.nlisted'] });
    const allowed = { ...policy, requesterMayApprove: true };
    expect(judgeApprovers(['u.nlisted'], 'j.meier', allowed, people)).toEqual({ by: ['u.nlisted'] });
  });
});
