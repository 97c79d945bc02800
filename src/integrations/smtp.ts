/** Mail over SMTP: one connection for each mail. Encrypted, unless the server's entry in servers.yaml says otherwise. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { cleanLine } from '../domain/clean-text.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import { isAllowedRecipient } from '../domain/recipients.js';
import { isIP } from 'node:net';
import { addressRule, checkedLookup, ForbiddenAddress } from '../http/addresses.js';
import { portOf } from '../http/default-port.js';
import { MailRefused, readMail } from './mail-message.js';
import type { RenderedMessage } from '../domain/outbox.js';
import type { CallAnswer } from './point-call.js';
import { smtpFailure, type Progress } from './smtp-failure.js';

type Session = InstanceType<typeof SMTPConnection>;

/**
 * Sends the mail of a message once. Lost after the whole mail was handed over, and before the server said that it took it, it
 * fails with kind `ambiguous`: SMTP has no way to ask. Each attempt carries the same Message-ID.
 */
export async function sendMail(
  server: OutboundServer,
  message: RenderedMessage,
  nowMs: number,
  signal?: AbortSignal,
): Promise<CallAnswer> {
  const progress: Progress = { server, operation: `mail for ${message.point}`, handedOver: false };
  const from = server.mail?.from ?? '';
  try {
    const { to, subject, text } = readMail(message.body);
    checkRecipients(server, to);
    const id = createHash('sha256').update(message.key).digest('hex').slice(0, 32);
    const bytes = await new MailComposer({
      from,
      to: to.map((address) => ({ name: '', address })),
      subject,
      text,
      date: new Date(nowMs),
      messageId: `<${id}@${from.split('@')[1] ?? 'localhost'}>`,
      // Absence notes and other robots do not answer it (RFC 3834).
      headers: { 'Auto-Submitted': 'auto-generated' },
      disableFileAccess: true,
      disableUrlAccess: true,
    })
      .compile()
      .build();
    const info = await inSession(server, signal, async (session) => {
      return await new Promise<{ accepted: readonly string[]; rejected: readonly string[] }>(
        (resolve, reject) => {
          const mail = Readable.from([bytes], { objectMode: false });
          // The line that ends the mail is written after this, so without it the server has not taken anything.
          mail.once('end', () => {
            progress.handedOver = true;
          });
          session.send({ from, to, size: bytes.length }, mail, (error, sent) => {
            if (error) reject(error);
            else resolve(sent);
          });
        },
      );
    });
    return { said: saidOf(info), mapped: null };
  } catch (error) {
    throw smtpFailure(error, progress, signal);
  }
}

/** Here, when the mail is sent, so that an edit of the list counts for what waits; a mail that one recipient may not get goes to none. */
function checkRecipients({ name, mail }: OutboundServer, to: readonly string[]): void {
  const refused = to.filter((address) => !isAllowedRecipient(address, mail?.recipients ?? []));
  if (refused.length === 0) return;
  const named = refused.slice(0, 3).map((address) => cleanLine(address, 80));
  throw new MailRefused(
    `${named.join(', ')} may get no mail: not among recipients of server ${name}; correct the ticket or the template and drop the message, or add the domain to servers.yaml and retry; nothing was sent`,
  );
}

/** Greets, encrypts and signs in, and sends nothing. Says whether the connection was encrypted; throws a `CallFailure`. */
export async function trySmtp(server: OutboundServer): Promise<{ readonly encrypted: boolean }> {
  try {
    return await inSession(server, undefined, (session) => Promise.resolve({ encrypted: session.secure }));
  } catch (error) {
    throw smtpFailure(error, { server, operation: 'sign in', handedOver: false }, undefined);
  }
}

async function inSession<T>(
  server: OutboundServer,
  signal: AbortSignal | undefined,
  act: (session: Session) => Promise<T>,
): Promise<T> {
  const url = new URL(server.url);
  const secure = url.protocol === 'smtps:';
  const { timeoutMs, auth, clientCertificate } = server;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const session = new SMTPConnection({
    host: await addressOf(host, server),
    ...(isIP(host) === 0 && { servername: host }),
    port: portOf(url),
    secure,
    requireTLS: !secure && server.mail?.mayBePlain !== true,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    maxResponseSize: 64 * 1024,
    tls: {
      rejectUnauthorized: server.verifyTls,
      ...(server.caPem !== null && { ca: server.caPem }),
      ...(clientCertificate !== null && { cert: clientCertificate.certPem, key: clientCertificate.keyPem }),
    },
  });
  const ended = new AbortController();
  // A server that sends a little now and then keeps the other limits from ending it.
  const stop = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]);
  const broken = new Promise<never>((_, reject) => {
    session.on('error', reject);
    session.once('end', () => reject(new Error('the connection was closed')));
    const hangUp = (): void => {
      reject(
        signal?.aborted === true
          ? new Error('cancelled')
          : new Error(`no answer within ${timeoutMs / 1_000} s`),
      );
      session.close();
    };
    if (stop.aborted) hangUp();
    else stop.addEventListener('abort', hangUp, { once: true, signal: ended.signal });
  });
  broken.catch(() => undefined);
  const step = async (begin: (done: (error?: Error | null) => void) => void): Promise<void> => {
    const done = new Promise<void>((resolve, reject) => {
      begin((error) => (error ? reject(error) : resolve()));
    });
    await Promise.race([done, broken]);
  };
  try {
    await step((done) => session.connect(done));
    if (auth.kind === 'basic') {
      const credentials = { user: auth.user, pass: auth.password.reveal() };
      await step((done) => session.login({ credentials }, done));
    }
    const found = await Promise.race([act(session), broken]);
    session.quit();
    return found;
  } catch (error) {
    session.close();
    throw error;
  } finally {
    ended.abort();
  }
}

/** The address that is connected to is the one that was checked: a name may stand for another one a moment later. */
async function addressOf(host: string, { allowedAddresses }: OutboundServer): Promise<string> {
  const isAllowed = addressRule(allowedAddresses);
  if (isIP(host) !== 0) {
    if (isAllowed(host)) return host;
    throw new ForbiddenAddress();
  }
  return await new Promise((resolve, reject) => {
    checkedLookup(isAllowed)(host, { order: 'ipv4first' }, (error, address) => {
      if (error) reject(error);
      else resolve(typeof address === 'string' ? address : (address[0]?.address ?? ''));
    });
  });
}

function saidOf({
  accepted,
  rejected,
}: {
  accepted: readonly string[];
  rejected: readonly string[];
}): string {
  if (rejected.length === 0) return `taken for ${accepted.length} of ${accepted.length} recipients`;
  const refused = rejected.map((address) => cleanLine(address, 80)).join(', ');
  return `taken for ${accepted.length} of ${accepted.length + rejected.length} recipients; refused: ${refused}`;
}
