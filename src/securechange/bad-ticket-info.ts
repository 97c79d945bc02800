/** Why a `ticket_info` was refused; the code is stable, the message never repeats what came. */
export class BadTicketInfo extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'BadTicketInfo';
    this.code = code;
  }
}
