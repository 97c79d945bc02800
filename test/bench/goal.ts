/** What a figure should be. */
export type Goal =
  | { readonly kind: 'atMost' | 'atLeast' | 'exactly'; readonly value: number }
  | { readonly kind: 'between'; readonly from: number; readonly to: number };

export const atMost = (value: number): Goal => ({ kind: 'atMost', value });
export const atLeast = (value: number): Goal => ({ kind: 'atLeast', value });
export const exactly = (value: number): Goal => ({ kind: 'exactly', value });
export const between = (from: number, to: number): Goal => ({ kind: 'between', from, to });

const SIGNS = { atMost: '<= ', atLeast: '>= ', exactly: '' } as const;

export function goalText(goal: Goal): string {
  return goal.kind === 'between' ? `${goal.from} to ${goal.to}` : `${SIGNS[goal.kind]}${goal.value}`;
}

/** What had not happened by the deadline, an infinite value, meets no goal. */
export function isMet(goal: Goal, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  switch (goal.kind) {
    case 'atMost':
      return value <= goal.value;
    case 'atLeast':
      return value >= goal.value;
    case 'exactly':
      return value === goal.value;
    case 'between':
      return value >= goal.from && value <= goal.to;
  }
}
