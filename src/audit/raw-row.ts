/** A row before repeats are counted and idle spans are folded. */
export interface RawRow {
  readonly atMs: number;
  readonly endMs: number;
  readonly kind: 'event' | 'command' | 'work' | 'wait' | 'state' | 'end';
  readonly what: string;
  readonly who: string | null;
  readonly detail: string | null;
  /** What is another one each time: the number of a turn. */
  readonly number?: string;
  /** How long it took or was waited for, and the words for it. */
  readonly span?: { readonly words: string; readonly ms: number } | null;
  /** What a loop repeats is counted; what changes nothing the second time gets one row; the rest stays. */
  readonly again?: 'count' | 'once';
}
