import type { Asked } from './act.js';
import type { Look } from './render-ticket.js';

/** How instants and colours are shown just now. */
export function lookOf({ world, output }: Asked): Look {
  return {
    colours: output.colours,
    nowMs: world.now(),
    ...(world.zone !== undefined && { zone: world.zone }),
  };
}
