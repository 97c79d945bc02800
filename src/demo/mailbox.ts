/** A mail server of the demo, on this machine alone: it takes mail by SMTP and keeps it. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface Mail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly atMs: number;
}

export interface Mailbox {
  /** `smtp://127.0.0.1:2525` */
  readonly url: string;
  readonly mails: readonly Mail[];
  /** While it is closed every mail is refused for now. */
  open: boolean;
  /** How many it has refused. */
  refused: number;
}

export async function startMailbox(): Promise<Mailbox> {
  const mails: Mail[] = [];
  const mailbox = { url: '', mails, open: true, refused: 0 };
  const server = createServer((socket) => {
    socket.unref();
    socket.on('error', () => socket.destroy());
    void speak(socket, mailbox).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The demo ends without it.
  server.unref();
  mailbox.url = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return mailbox;
}

/** RFC 5321, as far as one sender of one mail at a time needs it. */
async function speak(socket: Socket, mailbox: Mailbox & { readonly mails: Mail[] }): Promise<void> {
  const answer = (text: string): void => void socket.write(`${text}\r\n`);
  let to: string[] = [];
  let data: string[] | null = null;
  answer('220 demo.example.org');
  for await (const line of createInterface({ input: socket, crlfDelay: Infinity })) {
    if (data !== null) {
      if (line !== '.') {
        data.push(line.startsWith('.') ? line.slice(1) : line);
        continue;
      }
      mailbox.mails.push({ to, ...partsOf(data), atMs: Date.now() });
      data = null;
      answer('250 kept');
      continue;
    }
    const [, address = ''] = /<(.*)>/.exec(line) ?? [];
    switch (line.slice(0, 4).toUpperCase()) {
      case 'MAIL':
        to = [];
        if (!mailbox.open) mailbox.refused += 1;
        answer(mailbox.open ? '250 ok' : '451 try again later');
        break;
      case 'RCPT':
        to.push(address);
        answer('250 ok');
        break;
      case 'DATA':
        data = [];
        answer('354 end with a dot');
        break;
      case 'QUIT':
        socket.end('221 bye\r\n');
        return;
      default:
        answer('250 ok');
    }
  }
}

function partsOf(lines: readonly string[]): Pick<Mail, 'subject' | 'text'> {
  const end = lines.indexOf('');
  const headers = lines
    .slice(0, end)
    .join('\n')
    .replace(/\n[ \t]+/g, ' ');
  const [, subject = ''] = /^Subject: (.*)$/im.exec(headers) ?? [];
  return { subject, text: lines.slice(end + 1).join('\n') };
}
