import { CallFailure } from '../../src/domain/failure.js';
import { readRefusal } from '../../src/securechange/refusal.js';
import {
  findVendorText,
  saysNotPerformed,
  VENDOR_CODES,
  VENDOR_TEXTS,
} from '../../src/securechange/vendor-texts.js';
import { fixtureNames, readFixture } from './fixture.js';

const call = { system: 'securechange', operation: 'commit DG-B', repeatable: true };
const push = { ...call, repeatable: false };

function refusal(status: number, text: string, info = call, headers: Record<string, string> = {}) {
  return readRefusal({ status, headers, text, cleaned: (part) => part }, info);
}

function facts(status: number, text: string, info = call, headers: Record<string, string> = {}) {
  const meaning = refusal(status, text, info, headers);
  if (!(meaning instanceof CallFailure)) throw new Error('expected a failure');
  return meaning.facts;
}

const body = (code: string, message: string) => JSON.stringify({ result: { code, message } });

describe('the table of vendor texts', () => {
  it.each(VENDOR_TEXTS.map((row) => [row.reason, row] as const))(
    '%s understands its recorded text',
    (_reason, row) => {
      expect(findVendorText(row.recorded)?.row).toBe(row);
      expect(row.source).toMatch(/^(documented|verbatim|assumed)/);
      const meaning = refusal(400, body('BAD_REQUEST_ERROR', row.recorded));
      if (row.kind === 'noOp') expect(meaning).toEqual({ noOp: row.reason });
      else {
        expect(meaning).toBeInstanceOf(CallFailure);
        expect((meaning as CallFailure).facts).toMatchObject({
          kind: row.kind,
          code: `securechange.${row.reason}`,
          status: 400,
        });
        expect((meaning as CallFailure).facts.message).toContain(row.advice);
      }
    },
  );

  it('has one reason a line', () => {
    expect(new Set(VENDOR_TEXTS.map((row) => row.reason)).size).toBe(VENDOR_TEXTS.length);
  });

  it.each([...VENDOR_CODES])('code %s is rejected when no text is known', (code, { reason }) => {
    expect(facts(400, body(code, 'something new'))).toMatchObject({
      kind: 'rejected',
      code: `securechange.${reason}`,
    });
  });

  it.each([
    ['Configuration is locked by admin-eu', 'admin-eu'],
    ['object is locked by another administrator', 'another administrator'],
    ['ADOM locked by user j.doe; try again later', 'j.doe'],
    ['Device is locked by administrator Miller, since 10:00', 'Miller'],
    ['Config lock is already held by j.doe', 'j.doe'],
    ['Commit lock is already held by j.doe.', 'j.doe'],
  ])('"%s" names the holder', (message, holder) => {
    expect(facts(400, body('BAD_REQUEST_ERROR', message))).toMatchObject({ kind: 'locked', holder });
  });

  it.each([
    ['A commit is in progress.', 'commit_in_progress'],
    ['Policy install is already in progress', 'commit_in_progress'],
    ['Other administrators are holding device wide commit locks.', 'commit_lock'],
    ['Config lock for scope shared is already held by j.doe', 'configuration_lock'],
    ['HA sync in progress', 'commit_in_progress'],
    ['Only one device update at a time is possible', 'update_running'],
    ['Device is currently being updated', 'update_running'],
    ['The requester cannot be changed while a task is pending', 'task_pending'],
    ['Maximum concurrent requests (500) reached', 'max_concurrent'],
  ])('"%s" is %s', (text, reason) => {
    expect(findVendorText(text)?.row.reason).toBe(reason);
  });

  it('knows a push that did nothing', () => {
    expect(
      saysNotPerformed(
        'Commit not performed: This device had no policies to install on its managed firewalls',
      ),
    ).toBe(true);
    expect(saysNotPerformed('Update DG-B did not run')).toBe(true);
    expect(saysNotPerformed('Device is HA passive')).toBe(false);
  });
});

describe('a refusal', () => {
  const expected: Record<string, [number, object]> = {
    'error.400-commit-not-supported.json': [
      400,
      { kind: 'rejected', code: 'securechange.commit_not_supported' },
    ],
    'error.400-provisioning-not-supported.json': [
      400,
      { kind: 'rejected', code: 'securechange.provisioning_not_supported' },
    ],
    'error.400-field-validation.json': [400, { kind: 'rejected', code: 'securechange.field_validation' }],
    'error.400-query-not-found.json': [400, { kind: 'rejected', code: 'securechange.bad_request' }],
    'error.404-no-entity.json': [404, { kind: 'rejected', code: 'securechange.not_found' }],
    'error.500-transient-db.json': [500, { kind: 'transient', code: 'securechange.database' }],
  };

  it.each(Object.entries(expected))('recorded in %s is understood', (name, [status, meaning]) => {
    expect(facts(status, readFixture('securechange', name))).toMatchObject(meaning);
  });

  it('of a redesign that is not needed is a result', () => {
    expect(refusal(400, readFixture('securechange', 'error.400-redesign-not-needed.json'))).toEqual({
      noOp: 'redesign_not_needed',
    });
    const names = fixtureNames('securechange').filter((name) => name.startsWith('error.'));
    expect(names.sort()).toEqual([...Object.keys(expected), 'error.400-redesign-not-needed.json'].sort());
  });

  it('is read from XML too, which may come though JSON was asked', () => {
    const xml =
      '<?xml version="1.0"?><result><code>NOT_FOUND_ERROR</code><message>No entity found for query</message></result>';
    expect(facts(404, xml)).toMatchObject({ kind: 'rejected', code: 'securechange.not_found' });
  });

  it('of the credential is auth, also with an HTML body, unless the text says more', () => {
    expect(facts(401, '<html><body>secret-looking</body></html>')).toMatchObject({ kind: 'auth' });
    expect(facts(403, body('WEB_APPLICATION_ERROR', 'Access is denied'))).toMatchObject({ kind: 'auth' });
    expect(facts(403, body('WEB_APPLICATION_ERROR', 'Task 7304 is not assigned'))).toMatchObject({
      kind: 'rejected',
      code: 'securechange.task_not_assigned',
    });
  });

  it('that asks to come later is busy, with the time it names', () => {
    expect(facts(500, body('GENERAL_ERROR', 'Reached max concurrent attempts'))).toMatchObject({
      kind: 'busy',
    });
    expect(facts(429, '', push, { 'retry-after': '3' })).toMatchObject({ kind: 'busy', retryAfterMs: 3000 });
    expect(facts(503, '', push, { 'retry-after': '3' })).toMatchObject({ kind: 'busy' });
  });

  it('of a push with a server error is ambiguous unless a known text proves that nothing happened', () => {
    for (const status of [500, 502, 503, 504]) {
      expect(facts(status, 'upstream failed', push).kind).toBe('ambiguous');
      expect(facts(status, 'upstream failed', call).kind).toBe(status === 503 ? 'busy' : 'transient');
    }
    expect(facts(500, body('GENERAL_ERROR', 'something new'), push).kind).toBe('ambiguous');
    expect(facts(500, body('GENERAL_ERROR', 'something new'), call).kind).toBe('transient');
    expect(facts(500, body('WEB_APPLICATION_ERROR', 'something new'), call).kind).toBe('rejected');
    expect(facts(500, readFixture('securechange', 'error.500-transient-db.json'), push).kind).toBe(
      'ambiguous',
    );
    expect(facts(500, body('GENERAL_ERROR', 'Reached max concurrent attempts'), push).kind).toBe('busy');
  });

  it("keeps the vendor's words to one clipped line and never repeats a page", () => {
    const { message } = facts(400, body('BAD_REQUEST_ERROR', `line\n${'x'.repeat(5000)}`));
    expect(message.length).toBeLessThan(400);
    expect(message).not.toContain('\n');
    expect(facts(500, `<html>${'PAGE'.repeat(10)}</html>`).message).not.toContain('PAGE');
  });

  it('carries the system it came from', () => {
    const track = { ...call, system: 'securetrack' };
    expect(facts(404, readFixture('securetrack', 'error.404-change-window.json'), track)).toMatchObject({
      system: 'securetrack',
      code: 'securetrack.not_found',
    });
    expect(facts(400, readFixture('securetrack', 'error.400-pagination.json'), track)).toMatchObject({
      kind: 'rejected',
      code: 'securetrack.bad_request',
    });
  });
});
