/** What a failed SMTP session means. */
import { cleanLine } from '../domain/clean-text.js';
import { CallFailure, type FailureFacts } from '../domain/failure.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import { failureOfError } from '../http/network-failure.js';
import { MailRefused } from './mail-message.js';
import { formsOf, withoutSecrets } from '../http/redaction.js';
import { secretsOf } from './server-connection.js';

export interface Progress {
  readonly server: OutboundServer;
  readonly operation: string;
  /** The server has the whole mail and may have taken it. */
  handedOver: boolean;
}

/** As nodemailer describes an error: its code, and reply and command where the server answered. */
interface SmtpError {
  readonly code?: string;
  readonly originalCode?: string;
  readonly command?: string;
  readonly response?: string;
  readonly responseCode?: number;
  readonly message?: string;
}

const LOOK = 'it may have been sent: ask a recipient, then retry the message or drop it';

export function smtpFailure(
  error: unknown,
  progress: Progress,
  signal: AbortSignal | undefined,
): CallFailure {
  if (error instanceof CallFailure) return error;
  const { server, operation, handedOver } = progress;
  const fail = (facts: Pick<FailureFacts, 'kind' | 'code' | 'message'>): CallFailure =>
    new CallFailure({ system: `mail/${server.name}`, operation, ...facts }, { cause: error });
  if (error instanceof MailRefused)
    return fail({ kind: 'rejected', code: 'mail.refused', message: error.message });
  const { code, originalCode, command, response, responseCode = 0, message } = error as SmtpError;
  // What ends a connection is no reply to the mail, also when it comes with a status.
  const isReply = responseCode >= 400 && command !== 'CONN';
  if (handedOver && !isReply)
    return fail({
      kind: 'ambiguous',
      code: 'mail.unknown',
      message: `the connection ended before the answer; ${LOOK}`,
    });
  if (signal?.aborted === true)
    return fail({ kind: 'transient', code: 'http.cancelled', message: 'cancelled before it was sent' });
  const hidden = formsOf(secretsOf(server.auth));
  const says = response ? `; it says: ${cleanLine(withoutSecrets(response, hidden), 200)}` : '';
  if (code === 'EAUTH' && (responseCode === 0 || responseCode >= 500))
    return fail({ kind: 'auth', code: 'mail.sign_in', message: `user and password are not accepted${says}` });
  const why = message ? `: ${cleanLine(withoutSecrets(message, hidden), 160)}` : '';
  const network = failureOfError({ code: originalCode ?? code }, null, {
    system: `mail/${server.name}`,
    operation,
    repeatable: true,
  });
  if (network.facts.code !== 'http.connection_lost') return network;
  const cutOff = /closed|ECONNRESET|no answer/.test(why) || responseCode === 454;
  if (code === 'ETLS' && !cutOff)
    return fail({
      kind: 'rejected',
      code: 'http.tls',
      message: `the connection cannot be encrypted${why}; use smtps:// or a server with STARTTLS`,
    });
  if (responseCode >= 500 || (responseCode === 0 && isOurs(code)))
    return fail({ kind: 'rejected', code: 'mail.refused', message: `the mail server refuses it${says}` });
  if (responseCode >= 400)
    return fail({
      kind: 'transient',
      code: 'mail.later',
      message: `the mail server does not take it now${says}`,
    });
  return fail({
    kind: 'transient',
    code: 'mail.unreachable',
    message: `no session with the mail server${why}`,
  });
}

/** Refused before it was offered: an envelope or a size that the server would not take. */
function isOurs(code: string | undefined): boolean {
  return code === 'EENVELOPE' || code === 'EMESSAGE';
}
