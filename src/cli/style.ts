import type { Asked } from './act.js';
import { localInstants, type Clocked } from './instants.js';
import { safe } from './output.js';
import type { TableStyle } from './table.js';

/** How instants, colours and long lines are shown just now. */
export interface Style extends Clocked, TableStyle {}

export function styleOf({ context, output }: Asked): Style {
  return {
    colours: output.colours,
    width: output.width,
    nowMs: context.now(),
    ...(context.zone !== undefined && { zone: context.zone }),
  };
}

/** A sentence that was written elsewhere: safe to print, its instants in the form of this page. */
export function sentence(text: string | null | undefined, { zone }: Clocked, width = 60): string {
  return safe(localInstants(text ?? '', zone), width);
}
