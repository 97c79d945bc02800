import { whoseTicket, type OwnTicket, type ShownTicket } from '../../src/domain/own-ticket.js';
import { externalIdOf } from '../../src/domain/new-ticket.js';

const OWN: OwnTicket = {
  mark: '[CHG0030001] ',
  externalId: 'CHG0030001',
  requester: { login: 'j.meier', id: '46' },
  workflow: 'Firewall change',
};
const SHOWN: ShownTicket = {
  id: '12',
  subject: '[CHG0030001] Web shop',
  inProgress: true,
  workflow: 'Firewall change',
  requester: 'j.meier',
  requesterId: '46',
  externalId: 'CHG0030001',
};

const of = (part: Partial<ShownTicket>): string => {
  const whose = whoseTicket({ ...SHOWN, ...part }, OWN);
  return typeof whose === 'string' ? whose : whose.unclear;
};

describe('a ticket with the subject that we write', () => {
  it.each<[string, Partial<ShownTicket>]>([
    ['as we opened it', {}],
    ['with another subject behind the mark', { subject: '[CHG0030001] edited' }],
    ['whose requester has another display name', { requester: 'Jana Meier' }],
    ['that shows no id of the requester', { requesterId: null }],
  ])('is ours: %s', (_what, part) => {
    expect(of(part)).toBe('ours');
  });

  it.each<[string, Partial<ShownTicket>]>([
    ['opened by another requester', { requester: 'm.mallory', requesterId: '66', externalId: null }],
    ['of another record', { externalId: 'CHG0030002' }],
    [
      'of another requester and record',
      { requester: 'm.mallory', requesterId: '66', externalId: 'CHG0030002' },
    ],
    ['with the mark inside its subject', { subject: 'see [CHG0030001] x' }],
    ['with a longer id', { subject: '[CHG00300011] x' }],
  ])('is of others: %s', (_what, part) => {
    expect(of(part)).toBe('of others');
  });

  it.each<[string, Partial<ShownTicket>, string]>([
    ['without external data', { externalId: null }, 'it shows no external_data'],
    [
      'with our record and another requester',
      { requester: 'm.m', requesterId: '66' },
      'its requester is m.m',
    ],
    ['that does not show its requester', { requester: null, requesterId: null }, 'requester is not shown'],
    ['of another workflow', { workflow: 'Other' }, 'its workflow is Other'],
  ])('needs a person: %s', (_what, part, why) => {
    expect(of(part)).toContain('ticket 12 has the subject of CHG0030001, and ');
    expect(of(part)).toContain(why);
  });
});

describe('an external id', () => {
  it.each(['CHG0030001', 'chg0030001', ' CHG0030001\t', 'ＣＨＧ００３０００１', 'cHg0030001'])(
    '%j has one form',
    (text) => {
      expect(externalIdOf(text)).toBe('CHG0030001');
    },
  );

  it.each(['', 'C1', 'CHG 1', 'СHG0030001', 'CHG\u200b0030001', 'CHGı1', '-CHG1', 'CHG/1', 'C'.repeat(65)])(
    '%j is none',
    (text) => {
      expect(externalIdOf(text)).toBeNull();
    },
  );
});
