import fc from 'fast-check';
import type { IntegrationPoint } from '../../src/domain/process.js';
import { createHttp } from '../../src/http/http.js';
import { createItsm } from '../../src/integrations/create-itsm.js';
import { readMail } from '../../src/integrations/mail-message.js';
import type { MessageContext } from '../../src/integrations/itsm.js';
import { content, context, facts } from '../placeholders/context.js';
import { noTokens } from './servers.js';

const MAILS = new Map([
  ['j.meier', 'jana.meier@example.com'],
  ['a.kaya', 'a.kaya@example.com'],
]);
const withMails = (changes: Partial<MessageContext> = {}): MessageContext =>
  context({ content: { ...content, mails: MAILS }, ...changes });

function point(
  body: Readonly<Record<string, unknown>>,
  more: Partial<IntegrationPoint> = {},
): IntegrationPoint {
  return {
    name: 'mail-end',
    enabled: true,
    when: { kind: 'event', event: 'CLOSE', step: null },
    server: 'mail',
    action: 'mail',
    blocking: false,
    body: { to: 'ops@example.com', subject: 's', text: 't', ...body },
    ...more,
  };
}

const itsm = createItsm({
  server: () => {
    throw new Error('nothing is sent here');
  },
  http: createHttp,
  tokens: noTokens,
});
const render = (body: Readonly<Record<string, unknown>>, given = withMails(), more = {}) =>
  readMail(itsm.render(point(body, more), given).body);

describe('checklist point 9: the mail of a template', () => {
  it('goes to requester, handlers of the step and fixed addresses, to each once', () => {
    const to = ['#requester_mail#', '#handler_mail#', 'ops@example.com', 'OPS@example.com'];
    expect(render({ to }).to).toEqual(['jana.meier@example.com', 'a.kaya@example.com', 'OPS@example.com']);
    expect(render({ to: '#requester_mail#; ops@example.com' }).to).toEqual([
      'jana.meier@example.com',
      'ops@example.com',
    ]);
  });

  it('knows the placeholders of other messages', () => {
    expect(
      render({ subject: 'Ticket #ticket_id#', text: '#ticket_subject#\n#device_states#' }),
    ).toMatchObject({
      subject: 'Ticket 214',
      text: expect.stringMatching(/^Web "shop" to DB\nDG-B \[/) as string,
    });
  });

  it('goes to the others when the step has no assignee', () => {
    const step = { ...facts.step!, tasks: facts.step!.tasks.map((task) => ({ ...task, assignee: null })) };
    expect(
      render({ to: ['#handler_mail#', 'ops@example.com'] }, withMails({ facts: { ...facts, step } })).to,
    ).toEqual(['ops@example.com']);
  });

  it('is refused when an address is not known, and goes to the others when that was asked for', () => {
    const unknown = withMails({ content: { ...content, mails: new Map() } });
    const to = ['#requester_mail#', 'ops@example.com'];
    expect(() => render({ to }, unknown)).toThrow('SecureChange shows no mail address of j.meier');
    expect(() => render({ to: '#handler_mail#' }, unknown)).toThrow('shows no mail address of a.kaya');
    expect(render({ to }, unknown, { unresolved: 'literal' }).to).toEqual(['ops@example.com']);
  });

  it.each<[object, string]>([
    [{ to: '#ticket_subject#' }, 'is no mail address'],
    [{ to: [] }, 'has no recipient'],
    [{ to: Array.from({ length: 51 }, (_, at) => `p${at}@example.com`) }, '51 recipients, at most 50'],
    [{ subject: ' ' }, 'its subject is empty'],
    [{ text: 'x'.repeat(200 * 1024) }, 'at most 200 are sent'],
  ])('is refused before it is queued: %j', (body, why) => {
    expect(() => render(body as Record<string, unknown>)).toThrow(why);
  });

  it('keeps its headers whatever a value contains', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (subject) => {
        const mail = render({ subject: 'x #ticket_subject#' }, withMails({ facts: { ...facts, subject } }));
        expect(mail.subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(mail.to).toEqual(['ops@example.com']);
      }),
    );
  });
});
