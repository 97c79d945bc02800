import { createScriptRegistry } from '../../src/scripts/script-registry.js';
import { scriptEntry } from '../support/running-gateway.js';

const sample = scriptEntry({
  name: 'sample',
  legacyPaths: ['/opt/trigger-service/test.py'],
  events: ['ADVANCE', 'REDO'],
  steps: ['Approval'],
});
const everything = scriptEntry({ name: 'everything' });
const registry = createScriptRegistry([sample, everything]);

describe('the script registry', () => {
  it('finds an entry by its name and by each declared legacy path, and nothing else', () => {
    expect(registry.find('sample')).toBe(sample);
    expect(registry.find('/opt/trigger-service/test.py')).toBe(sample);
    for (const name of [
      'Sample',
      'sample ',
      '/opt/trigger-service/../trigger-service/test.py',
      '',
      'constructor',
    ]) {
      expect(registry.find(name)).toBeUndefined();
    }
  });

  it('refuses two entries that answer to one name', () => {
    const twin = scriptEntry({ name: 'twin', legacyPaths: ['sample'] });
    expect(() => createScriptRegistry([sample, twin])).toThrow(/two entries answer to sample/);
  });

  it.each([
    ['ADVANCE', 'Approval', true],
    ['REDO', 'Approval', true],
    ['CREATE', 'Approval', false],
    ['ADVANCE', 'Implementation', false],
    ['ADVANCE', null, false],
  ])('says whether an entry is for %s of the step %s: %s', (event, step, applies) => {
    expect(registry.applies(sample, event, step)).toBe(applies);
    expect(registry.applies(everything, event, step)).toBe(true);
  });

  it('takes arguments of every kind, also with a dash in front, but those no program can be given', () => {
    expect(
      registry.refusedArgs(sample, [
        '',
        '-x',
        '--help',
        'two words',
        '$(id)',
        '"; rm -rf /',
        'ü\n😀',
        'a'.repeat(256),
      ]),
    ).toBeNull();
    for (const args of [['a'.repeat(257)], ['nul\0'], Array<string>(33).fill('a')]) {
      const why = registry.refusedArgs(sample, args);
      expect(why).not.toBeNull();
      expect(why).not.toMatch(/aaa/);
    }
  });
});
