import fc from 'fast-check';
import {
  cleanCode,
  cleanJson,
  cleanLine,
  cleanLines,
  cleanMarkdown,
  cleanPage,
} from '../../src/domain/clean-text.js';

/** Any code point, and more of those that do harm. */
const HARMFUL =
  '\u0000\u0007\b\t\n\u000b\r\u001b\u007f\u0085\u009b\u00ad\u034f\u061c\u115f\u17b4\u180e\u200b\u200d\u200e\u200f\u2028\u2029' +
  '\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\u2800\u3164\ufe0f\ufeff\uffa0\ufff9\uffff\ud83d\ue000\u0301';
const harmful = fc.constantFrom(
  // eslint-disable-next-line @typescript-eslint/no-misused-spread -- code points are meant
  ...[...HARMFUL],
  '\u{e0041}',
  '\u{1d173}',
  '😀',
  '\\',
  '`',
  '*',
  '_',
  '[x](y)',
  '<b>',
  '|',
  '&colon;',
  'https://',
  'www.',
  '@evil.example',
);
const foreign = fc.string({
  unit: fc.oneof(harmful, fc.string({ unit: 'binary', maxLength: 3 })),
  maxLength: 80,
});

const CONTROL = /\p{Cc}/u;
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const NOT_SEEN = /[\p{Cf}\p{DI}\p{Cs}\p{Zl}\p{Zp}\u2800]/u;

describe.each([
  ['a line', cleanLine],
  ['Markdown', cleanMarkdown],
  ['code', cleanCode],
])('what others wrote, as %s', (_, clean) => {
  it('has no control character, no change of direction and nothing that is not seen, whatever it was', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        const shown = clean(text);
        expect(shown).not.toMatch(CONTROL);
        expect(shown).not.toMatch(DIRECTION);
        expect(shown).not.toMatch(NOT_SEEN);
        expect(shown).not.toMatch(/\p{M}{5}/u);
      }),
    );
  });
});

describe('a line of what others wrote', () => {
  it('is as long as its surface allows, ends with … where it was cut, and never in half a character', () => {
    fc.assert(
      fc.property(foreign, fc.integer({ min: 1, max: 60 }), (text, width) => {
        const shown = cleanLine(text.repeat(5), width);
        expect(shown.length).toBeLessThanOrEqual(width);
        expect(shown).not.toMatch(/\p{Cs}/u);
      }),
    );
    expect(cleanLine('Open HTTPS to the web servers', 12)).toBe('Open HTTPS…');
    expect(cleanLine('aaa😀bbb', 5)).toBe('aaa…');
    expect(cleanLine('x'.repeat(2_000_000), 10)).toBe('xxxxxxxxx…');
  });

  it('stays as it is where nothing is wrong with it, in every script', () => {
    for (const text of [
      'Öffne HTTPS für fw_dmz-1 (Zürich)',
      'Правило № 5',
      '防火墙规则',
      'فتح المنفذ',
      'हिन्दी',
      'a < b & c',
    ])
      expect(cleanLine(text)).toBe(text);
  });

  it('cleaned again is the same', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        expect(cleanLine(cleanLine(text))).toBe(cleanLine(text));
      }),
    );
  });

  it('cannot draw on a terminal, turn around or hide', () => {
    expect(cleanLine('\u001b[2J\u001b]0;title\u0007 all good')).toBe('[2J ]0;title all good');
    expect(cleanLine('Open \u202eexe.gpj\u202c now')).toBe('Open exe.gpj now');
    expect(cleanLine('a\r\n\tb\u0000c\u0085d\u2028e')).toBe('a b c d e');
    expect(cleanLine('pass\u200bword\u2060')).toBe('password');
  });
});

describe('lines of what others wrote', () => {
  it('keep their breaks and nothing else that a line may not have', () => {
    expect(cleanLines('a\u001b[2J\r\nb\u202e\n\tc\u0000')).toBe('a [2J\nb\nc');
    expect(cleanLines('one\ntwo\nthree', 9)).toBe('one\ntwo…');
    fc.assert(
      fc.property(foreign, (text) => {
        expect(cleanLines(text).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{DI}]/u);
      }),
    );
  });
});

describe('Markdown of what others wrote', () => {
  it('is text: its markup and its entities are shown, not followed', () => {
    expect(cleanMarkdown('**bold** [here](x) <img> `code` a|b fw_dmz_1')).toBe(
      '\\*\\*bold\\*\\* \\[here\\](x) \\<img\\> \\`code\\` a\\|b fw\\_dmz\\_1',
    );
    expect(cleanMarkdown('https&colon;//evil.example')).toBe('https\\&colon;//evil.example');
    expect(cleanMarkdown('- item')).toBe('\\- item');
    expect(cleanMarkdown('1. item')).toBe('1\\. item');
  });

  it('has every address in code, so that no page makes a link of it', () => {
    expect(cleanMarkdown('see https://evil.example/x?a=b|c now')).toBe(
      'see `https://evil.example/x?a=b¦c` now',
    );
    expect(cleanMarkdown('www.evil.example or n.weber@corp.example')).toBe(
      '`www.evil.example` or `n.weber@corp.example`',
    );
    expect(cleanMarkdown('htt\u200bps://evil.example')).toBe('`https://evil.example`');
    fc.assert(
      fc.property(foreign, (text) => {
        const outsideCode = cleanMarkdown(text).replaceAll(/(?<!\\)`[^`]*`/g, '');
        expect(outsideCode).not.toMatch(/:\/\/|www\.|@/i);
      }),
    );
  });

  it('as code cannot end its code', () => {
    expect(cleanCode("sco ticket skip 4 --reason `id` | '")).toBe("`sco ticket skip 4 --reason 'id' ¦ '`");
  });
});

describe('a page for a terminal', () => {
  const OURS = /\n|\t|\u001b\[(?:[012]|22|3[1-6]|39|90)m/g;

  it('has of all that a terminal acts on only line ends, tabs and colours', () => {
    fc.assert(
      fc.property(foreign, foreign, (one, other) => {
        const shown = cleanPage(`${one}\n\u001b[31m${other}\u001b[39m`);
        expect(shown).toContain('\u001b[31m');
        const rest = shown.replace(OURS, '');
        expect(rest).not.toMatch(CONTROL);
        expect(rest).not.toMatch(DIRECTION);
        expect(rest).not.toMatch(NOT_SEEN);
        expect(cleanPage(shown)).toBe(shown);
      }),
    );
  });

  it('keeps its columns and its indents, and every character that is seen', () => {
    const page = '  Device   Note\n\u001b[1mFW1\u001b[22m      ✓ done ─ größer 株式会社\n\tend';
    expect(cleanPage(page)).toBe(page);
    expect(cleanPage('\u001b[8mhidden\u001b[2J')).toBe(' [8mhidden [2J');
  });
});

describe('JSON for a terminal', () => {
  it('is the same document, and holds nothing that a terminal acts on', () => {
    fc.assert(
      fc.property(
        fc.dictionary(foreign, fc.array(foreign, { maxLength: 3 })),
        fc.nat({ max: 2 }),
        (document, indent) => {
          const shown = cleanJson(document, indent);
          expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(document)));
          expect(shown.replaceAll('\n', '')).not.toMatch(CONTROL);
          expect(shown).not.toMatch(DIRECTION);
          expect(shown.replaceAll('\n', '')).not.toMatch(NOT_SEEN);
        },
      ),
    );
  });
});
