import type { Code } from '../domain/codes.js';

/** Why a `ticket_info` was refused; the code is stable, the message never repeats what came. */
export class BadTicketInfo extends Error {
  readonly code: Code;

  constructor(code: Code, message: string) {
    super(message);
    this.name = 'BadTicketInfo';
    this.code = code;
  }
}
