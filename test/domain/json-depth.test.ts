import { isNestedDeeperThan } from '../../src/domain/json-depth.js';

describe('the depth of JSON', () => {
  it.each<[string, number]>([
    ['1', 0],
    ['"[[[["', 0],
    ['"a\\"[[["', 0],
    ['"\\\\"', 0],
    ['["\\\\", [1]]', 2],
    ['{"a":[{"b":"}]"}]}', 3],
    ['[[],[],[[]]]', 3],
  ])('of %s is %i', (json, depth) => {
    expect(() => JSON.parse(json) as unknown).not.toThrow();
    expect(isNestedDeeperThan(depth, json)).toBe(false);
    if (depth > 0) expect(isNestedDeeperThan(depth - 1, json)).toBe(true);
  });
});
