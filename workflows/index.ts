export { control } from './control.js';
export { lane } from './lane.js';
export { sweep } from './sweep.js';
export { ticket } from './ticket.js';
