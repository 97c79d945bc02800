export { control } from './control.js';
export { itsmTicket } from './itsm-ticket.js';
export { lane } from './lane.js';
export { push } from './push.js';
export { script } from './script.js';
export { sweep } from './sweep.js';
export { ticket } from './ticket.js';
export { updateSlot } from './update-slot.js';
