import * as fc from 'fast-check';

import { formsOf, withoutSecrets } from '../../src/http/redaction.js';

it.each([
  ['the secret itself', 'wf-api:canary', 'wf-api:canary'],
  ['its password', 'wf-api:canary', 'canary'],
  ['base64, as in a header', 'wf-api:canary', Buffer.from('wf-api:canary').toString('base64')],
  ['the password of an address', 'https://wf-api:c%40nary@host/api', 'c@nary'],
  ['the password of an address as it stands there', 'https://wf-api:c%40nary@host/api', 'c%40nary'],
  ['its form in a query', 'c@n ry&', encodeURIComponent('c@n ry&')],
])('%s is found', (_what, secret, printed) => {
  expect(withoutSecrets(`before ${printed} after`, formsOf([secret]))).toBe('before [secret] after');
});

it('texts of a few characters are left alone: they would be found everywhere', () => {
  expect(withoutSecrets('a abc', formsOf(['a', 'abc']))).toBe('a abc');
});

it('no secret remains, wherever it stands and the text is cut', () => {
  const secret = fc.string({ minLength: 4, maxLength: 12 });
  const part = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 3 }),
      fc.array(part),
      fc.nat(80),
      (secrets, parts, at) => {
        const text = parts.flatMap((one, index) => [one, secrets[index % secrets.length]!]).join('');
        const clean = withoutSecrets(
          text,
          secrets.toSorted((a, b) => b.length - a.length),
          Math.min(at, text.length),
        );
        // Between two marks nothing is left over that is a secret.
        for (const one of clean.split('[secret]'))
          for (const each of secrets) expect(one).not.toContain(each);
      },
    ),
  );
});
