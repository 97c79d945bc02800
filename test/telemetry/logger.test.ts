import { createLogger, toSdkLogger } from '../../src/telemetry/logger.js';

function loggedBy(
  use: (logger: ReturnType<typeof createLogger>) => void,
  format: 'json' | 'text' = 'json',
): string {
  const lines: string[] = [];
  use(createLogger({ name: 'gateway', format, level: 'debug', write: (line) => lines.push(line) }));
  return lines.join('');
}

describe('the log', () => {
  it('says who, when, how serious and what, in one JSON line', () => {
    const line = loggedBy((logger) =>
      logger.warn({ ticketId: '4711', reason: 'locked' }, 'ticket is parked'),
    );

    expect(JSON.parse(line)).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      name: 'gateway',
      msg: 'ticket is parked',
      ticketId: '4711',
      reason: 'locked',
    });
  });

  it('shows no value under a name that sounds like a secret, however deep', () => {
    const line = loggedBy((logger) =>
      logger.info(
        {
          password: 'hunter2',
          server: {
            url: 'https://x',
            headers: { Authorization: 'Basic aHVudGVyMg==', accept: 'application/json' },
          },
          clients: [{ apiKey: 'hunter2', client_secret: 'hunter2', accessToken: 'hunter2' }],
        },
        'calling',
      ),
    );

    expect(line).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(line).toContain('application/json');
  });

  it.each(['json', 'text'] as const)(
    'prints nothing that draws on a terminal or begins a line, as %s',
    (format) => {
      const foreign = 'a\u001b[31mb\u009b2Jc\u0000d\u202ee\u200bf\r\n{"level":"error","msg":"forged"}';
      const log = loggedBy((logger) => {
        logger.warn({ reason: foreign, deep: [{ comment: foreign }] }, foreign);
        logger
          .with({ caller: foreign })
          .error({ error: new Error(foreign, { cause: new Error(foreign) }) }, 'failed');
      }, format);

      expect(log).toContain('b 2Jc');
      expect(log.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e\u200b]/u);
      expect(log.trimEnd().split('\n')).toHaveLength(2);
    },
  );

  it('finds a credential that invisible characters split', () => {
    const line = loggedBy((logger) => logger.info({}, 'Bea\u200brer abcdef\u2060gh.hunter2'));
    expect(line).not.toMatch(/hunter2/);
  });

  it('takes credentials out of texts and errors', () => {
    const line = loggedBy((logger) => {
      logger.info({}, 'GET https://wf-api:hunter2@sc.example/ with Bearer abcdefgh.hunter2');
      logger.error(
        {
          error: new Error('Basic aHVudGVyMg== refused', { cause: new Error('for x://u:hunter2@h') }),
        },
        'failed',
      );
    });

    expect(line).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(line).toContain('sc.example');
  });

  it('shows a numbered grant, which is called a token and is none', () => {
    expect(loggedBy((logger) => logger.info({ token: 7 }, 'granted'))).toContain('"token":7');
  });

  it('keeps the fields of `with` on every line', () => {
    const lines = loggedBy((logger) => {
      const ticket = logger.with({ ticketId: '4711' });
      ticket.info({}, 'one');
      ticket.info({}, 'two');
    });

    expect(lines.match(/"ticketId":"4711"/g)).toHaveLength(2);
  });

  it('can be read by people', () => {
    const line = loggedBy((logger) => logger.error({ attempt: 3 }, 'cannot reach SecureChange'), 'text');

    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} ERROR gateway: cannot reach SecureChange {2}attempt=3\n$/);
  });

  it('serves the SDK by level', () => {
    const lines = loggedBy((logger) => {
      const sdk = toSdkLogger(logger);
      sdk.log('WARN', 'sticky queue');
      sdk.trace('poll');
    });

    expect(
      lines
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line).level),
    ).toEqual(['warn', 'debug']);
  });
});
