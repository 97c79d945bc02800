import { refusedArgs, shownArgs } from '../../src/scripts/script-arguments.js';
import type { ScriptArgument } from '../../src/domain/script-entry.js';

const argument = (name: string, more: Partial<ScriptArgument> = {}): ScriptArgument => ({
  name,
  pattern: null,
  optional: false,
  many: false,
  masked: false,
  ...more,
});

const declared = {
  arguments: [
    argument('severity', { pattern: 'LOW|HIGH' }),
    argument('token', { masked: true }),
    argument('device', { pattern: '-?[a-z]+', optional: true, many: true }),
  ],
};

it.each([[['LOW', 'x']], [['HIGH', 'two words', 'a', '-b', 'c']]])(
  'arguments that are declared are handed over: %j',
  (args) => {
    expect(refusedArgs(declared, args)).toBeNull();
  },
);

it.each([
  ['the whole argument must match', ['LOWER', 'canary'], /argument severity does not match its pattern/],
  ['one is missing', ['LOW'], /argument token is missing/],
  ['a dash is only for a pattern', ['LOW', '-canary'], /argument token begins with a dash/],
  ['each of many must match', ['LOW', 'canary', 'a', 'B'], /argument device does not match/],
])('others are refused without being echoed: %s', (_what, args, why) => {
  const refused = refusedArgs(declared, args);
  expect(refused).toMatch(why);
  expect(refused).not.toMatch(/canary|LOWER/);
});

it('more than are declared are refused', () => {
  expect(refusedArgs({ arguments: [argument('one')] }, ['a', 'b'])).toMatch(/2 arguments.*declares 1/);
  expect(refusedArgs({ arguments: [] }, ['a'])).toMatch(/1 arguments.*declares 0/);
});

it('people see those that are not masked; of undeclared ones beside declared ones they see stars', () => {
  expect(shownArgs(declared, ['LOW', 'canary', 'a', 'b'])).toEqual(['LOW', '***', 'a', 'b']);
  expect(shownArgs({ arguments: [argument('one')] }, ['a', 'canary'])).toEqual(['a', '***']);
  expect(shownArgs({ arguments: null }, ['-v', 'x'])).toEqual(['-v', 'x']);
});
