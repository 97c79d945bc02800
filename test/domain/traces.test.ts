import { continuedOf, headerValue } from '../../src/domain/traces.js';

const span = (n: number): string => `00-${String(n).padStart(32, '0')}-${String(n).padStart(16, '0')}-01`;
const spans = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => span(n + 1));

describe('the header of what is continued', () => {
  it('is read as it was written', () => {
    const continued = { follows: spans(3), unnamed: 2 };

    expect(continuedOf(headerValue(continued))).toEqual(continued);
    expect(headerValue({ follows: spans(3), unnamed: 0 })).toEqual(spans(3));
  });

  it('names 50 spans, each once, and counts the others', () => {
    expect(continuedOf([...spans(60), span(1)])).toEqual({ follows: spans(50), unnamed: 10 });
    expect(continuedOf([...spans(60), 5])).toEqual({ follows: spans(50), unnamed: 15 });
  });

  it.each([[null], ['a text'], [{ length: 2 }], [[1.5, -1, '00-1-2-3', {}]]])(
    'of another program is nothing: %j',
    (value) => {
      expect(continuedOf(value)).toEqual({ follows: [], unnamed: 0 });
    },
  );
});
