/** A part as `all` runs it: sizes with which all of them together take less than 15 minutes on two cores. */
export interface PartOfAll {
  readonly name: string;
  readonly args: readonly string[];
}

export const PARTS_OF_ALL: readonly PartOfAll[] = [
  { name: 'ack', args: ['--seconds', '6'] },
  { name: 'life', args: ['--tickets', '30'] },
  { name: 'events', args: [] },
  {
    name: 'herd',
    args: ['--tickets', '200', '--managers', '20', '--deadline-s', '120', '--saved-by-persons'],
  },
  { name: 'wait', args: ['--tickets', '200'] },
  { name: 'replay', args: ['--times', '3'] },
];

/** What takes longer than `all` may. */
export const LEFT_OUT: readonly string[] = [
  'wait --tickets 10000',
  'herd --tickets 5000 --managers 100 --saved-by-persons',
  'scale',
];
