import { isLoginOf, sameLogin } from '../../src/domain/login.js';

describe('two logins', () => {
  it.each([
    ['a.kaya', 'a.kaya'],
    ['a.kaya', 'A.Kaya'],
    [' a.kaya ', 'a.kaya'],
    ['CORP\\a.kaya', 'corp\\A.KAYA'],
    ['CORP\\a.kaya', 'a.kaya'],
    ['a.kaya@corp.example', 'A.Kaya'],
    ['J\u00fcrg', 'Ju\u0308rg'],
  ])('%s and %s are one user', (one, other) => {
    expect(sameLogin(one, other)).toBe(true);
    expect(sameLogin(other, one)).toBe(true);
  });

  it.each([
    ['a.kaya', 'a.kaya2'],
    ['CORP\\a.kaya', 'LAB\\a.kaya'],
    ['a.kaya@corp.example', 'a.kaya@lab.example'],
    ['', ''],
    [null, null],
    [undefined, ''],
    ['  ', 'a.kaya'],
  ])('%s and %s are not', (one, other) => {
    expect(sameLogin(one, other)).toBe(false);
    expect(sameLogin(other, one)).toBe(false);
  });

  it('are looked for in a list in the same way', () => {
    expect(isLoginOf(['wf-api', 'Mediator'], 'mediator')).toBe(true);
    expect(isLoginOf([], 'mediator')).toBe(false);
    expect(isLoginOf(['wf-api'], null)).toBe(false);
  });
});
