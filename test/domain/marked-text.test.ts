import { endsWithMark, hasMark, isOwnNote, marked } from '../../src/domain/marked-text.js';

const MARK = '[sco 0123456789abcdef]';

describe('the mark of a text', () => {
  it.each([
    ['as it was written', marked('Now Approval', MARK), true],
    ['with other line ends and space around', ` Now\r\n${MARK}  \r\n`, true],
    ['in the middle of a line', `Now ${MARK}`, false],
    ['quoted', `> ${MARK}`, false],
    ['with more behind it', `${MARK}. Thanks`, false],
    ['before another line', `${MARK}\nThanks`, false],
    ['of a longer mark', '[sco 0123456789abcdef0]', false],
    ['absent', 'Now Approval', false],
    ['absent from an empty text', '', false],
  ])('counts as its last line only: %s', (_what, text, counts) => {
    expect(endsWithMark(text, [MARK])).toBe(counts);
  });

  it('counts as any line of a text to which others are appended', () => {
    expect(hasMark(`2026-11-27 - Anna (Work notes)\nNow\n${MARK}\n\n2026-11-26 - Bea\nx`, [MARK])).toBe(true);
    expect(hasMark(`2026-11-27 - Anna (Work notes)\nsee ${MARK}\n> ${MARK}`, [MARK])).toBe(false);
    expect(hasMark('', [MARK])).toBe(false);
  });
});

it.each([
  ['as we wrote it', marked('Now Approval', MARK), true],
  ['with a line of a person behind it', `${marked('Now Approval', MARK)}\nWhy?`, false],
  ['quoted', `> ${MARK}`, false],
  ['of another form', 'Now\n[sco 12]', false],
  ['without one', 'Now Approval', false],
])('a note of ours is known by its mark: %s', (_what, text, own) => {
  expect(isOwnNote(text)).toBe(own);
});
