import * as fc from 'fast-check';
import { TRIGGER_EVENTS } from '../../src/domain/event.js';
import { BadTicketInfo, eventKey, parseTicketInfo } from '../../src/securechange/event-xml.js';
import { XML_LIMITS } from '../../src/securechange/safe-xml.js';
import { fixtureNames, readFixture, readJsonFixture } from './fixture.js';

/** With the one that is no trigger's: a script set in a step names itself so. */
const EVENT_NAMES = [...TRIGGER_EVENTS, 'PRE_ASSIGNMENT_SCRIPT'] as const;

function infoOf(xml: string | Buffer) {
  const parsed = parseTicketInfo(xml);
  if (parsed.kind !== 'info') throw new Error('expected a ticket');
  return parsed.info;
}

function codeOf(xml: string | Buffer): string {
  try {
    parseTicketInfo(xml);
  } catch (error) {
    if (error instanceof BadTicketInfo) return error.code;
    throw error;
  }
  return 'accepted';
}

const wrap = (inside: string): string => `<ticket_info><id>7</id>${inside}</ticket_info>`;

describe('checklist point 2: ticket_info of every event', () => {
  it.each(EVENT_NAMES)('%s gives the ticket, its people and the stage', (event) => {
    const info = infoOf(readFixture('script', `ticket_info.${event}.xml`));
    expect(info).toMatchObject({
      id: '1201',
      subject: 'CRM frontend to billing API',
      priority: 'Normal',
      createDate: '1763802000000',
      requester: { id: '45', login: 'j.meier', displayName: 'Jana Meier' },
      openRequestStage: { id: '7101', name: 'Open Request' },
    });
    expect(info.stage?.id).toMatch(/^71\d\d$/);
    expect(info.stage?.task?.id).toMatch(/^73\d\d$/);
  });

  it('reads current_stage of ADVANCE and completion_data of CLOSE', () => {
    expect(infoOf(readFixture('script', 'ticket_info.ADVANCE.xml')).stage).toEqual({
      id: '7103',
      name: 'Approval',
      task: {
        id: '7303',
        name: 'Default',
        handler: { id: '52', login: 'a.kaya', displayName: 'Aylin Kaya' },
      },
    });
    expect(infoOf(readFixture('script', 'ticket_info.CLOSE.xml')).stage?.name).toBe('Verification');
    expect(infoOf(readFixture('script', 'ticket_info.CANCEL.xml')).comment).toBe('Request withdrawn');
  });

  it('reads an empty handler as none', () => {
    expect(
      infoOf(readFixture('script', 'ticket_info.AUTOMATION_FAILED.xml')).stage?.task?.handler,
    ).toBeNull();
  });

  it('covers every recorded ticket_info', () => {
    const recorded = fixtureNames('script').filter((name) => name.startsWith('ticket_info.'));
    expect(recorded).toEqual([...EVENT_NAMES].sort().map((event) => `ticket_info.${event}.xml`));
  });

  it('reads the XML inside the mediator payloads', () => {
    const payload = readJsonFixture('script', 'mediator-payload.ADVANCE.json');
    expect(infoOf(Buffer.from(payload.ticket_info, 'base64')).id).toBe('1201');
    const test = readJsonFixture('script', 'mediator-payload.test-button.json');
    expect(parseTicketInfo(Buffer.from(test.ticket_info, 'base64'))).toEqual({ kind: 'test' });
  });
});

describe('forms of ticket_info', () => {
  it.each(['<ticket_info/>', '<ticket_info></ticket_info>', '<ticket_info> \n </ticket_info>'])(
    'takes %j as the Test button',
    (xml) => {
      expect(parseTicketInfo(xml)).toEqual({ kind: 'test' });
    },
  );

  it('accepts a stage with a name only, and none at all', () => {
    expect(
      infoOf(wrap('<open_request_stage/><current_stage><name>Duplicate</name></current_stage>')),
    ).toMatchObject({
      stage: { id: null, name: 'Duplicate', task: null },
      openRequestStage: null,
    });
    expect(infoOf(wrap('')).stage).toBeNull();
  });

  it('prefers current_stage when both forms come', () => {
    const both =
      '<completion_data><stage><id>1</id></stage></completion_data><current_stage><id>2</id></current_stage>';
    expect(infoOf(wrap(both)).stage?.id).toBe('2');
    expect(
      infoOf(wrap(both.replace('<current_stage><id>2</id></current_stage>', '<current_stage/>'))).stage?.id,
    ).toBe('1');
  });

  it('gives every id in its one text: two texts for one ticket would be two workflows that drive it', () => {
    const idOf = (id: string): string => infoOf(`<ticket_info><id>${id}</id></ticket_info>`).id;
    for (const id of ['4', '004', ' 4\n', '&#52;', '<![CDATA[4]]>', '<!-- 7 -->4', '000000000000000000004']) {
      expect(idOf(id)).toBe('4');
    }
    const stage = '<current_stage><id>007</id><ticket_task><id>08</id></ticket_task></current_stage>';
    expect(infoOf(wrap(stage)).stage).toMatchObject({ id: '7', task: { id: '8' } });
    expect(infoOf(wrap('<current_stage><id>1e5</id></current_stage>')).stage?.id).toBe('1e5');
  });

  it('takes no id from an element that holds more than text', () => {
    const stage = '<current_stage><id>1<b/>2</id><name>Approval</name></current_stage>';
    expect(infoOf(wrap(stage)).stage).toMatchObject({ id: null, name: 'Approval' });
    expect(infoOf(wrap('<requester><id><b>1</b></id><login>x</login></requester>')).requester?.id).toBe('');
  });

  it.each([
    [
      'a terminal sequence as a reference',
      readFixture('script', 'odd.control-reference.xml'),
      'log: \ufffd[31mfailed',
    ],
    ['a vertical tab', readFixture('script', 'odd.vertical-tab.xml'), 'line one\ufffdline two'],
    ['a NUL', wrap('<comment>a\u0000b</comment>'), 'a\ufffdb'],
    ['a NUL as a reference', wrap('<comment>a&#0;b&#x00;c</comment>'), 'a\ufffdb\ufffdc'],
    ['C1 controls', wrap('<comment>a\u009b31m&#x9b;&#133;\u007f</comment>'), 'a\ufffd31m\ufffd\ufffd\ufffd'],
    ['half a pair', wrap('<comment>a&#xD83D;b</comment>'), 'a\ufffdb'],
    ['a reference beyond Unicode', wrap('<comment>&#x110000;&#99999999999;</comment>'), '\ufffd\ufffd'],
    ['no character at all', wrap('<comment>\ufffe&#xFFFF;</comment>'), '\ufffd\ufffd'],
    ['a control character in CDATA', wrap('<comment><![CDATA[\u0007<b>]]></comment>'), '\ufffd<b>'],
    [
      'bytes of another encoding',
      Buffer.from(wrap('<comment>Z\u00fcrich</comment>'), 'latin1'),
      'Z\ufffdrich',
    ],
    ['line ends and tabs, which are text', wrap('<comment>a\r\n\tb</comment>'), 'a\n\tb'],
  ])('counts the event of a comment with %s', (_what, xml, comment) => {
    expect(infoOf(xml).comment).toBe(comment);
  });

  it('counts an event whose control characters stand elsewhere', () => {
    expect(infoOf(wrap('<x a="\u001b[2J">\u0001</x>')).id).toBe('7');
    expect(infoOf(`${wrap('')}\u0000\n`).id).toBe('7');
  });

  it('decodes each reference once', () => {
    const subject = (inside: string): string => infoOf(wrap(`<subject>${inside}</subject>`)).subject;
    expect(subject('a &amp; b &lt;c&gt; &quot;d&quot; &apos;e&apos;')).toBe(`a & b <c> "d" 'e'`);
    expect(subject('&#65;&#x42;&#128293;')).toBe('AB🔥');
    expect(subject('&amp;#65; &amp;lt;')).toBe('&#65; &lt;');
    expect(subject('<![CDATA[&amp; <b>]]> Zürich')).toBe('&amp; <b> Zürich');
    expect(subject('<![CDATA[&lt;]]>&lt;&amp;lt;')).toBe('&lt;<&lt;');
    expect(subject('a<!-- comment -->b')).toBe('ab');
  });

  it('gives back any text that was written with references', () => {
    const letters = fc.string({ unit: 'grapheme', maxLength: 60 });
    fc.assert(
      fc.property(letters, (text) => {
        const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, '').trim();
        const escaped = clean.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&#62;');
        expect(infoOf(wrap(`<subject>${escaped}</subject>`)).subject).toBe(clean);
      }),
    );
  });

  it('accepts a byte order mark and an XML declaration', () => {
    expect(infoOf(Buffer.from(`\uFEFF<?xml version="1.0" encoding="utf-8"?>\n${wrap('')}`)).id).toBe('7');
    expect(infoOf(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${wrap('')}`).id).toBe('7');
  });

  it('clips long texts at a whole character', () => {
    expect(infoOf(wrap(`<subject>${'🔥'.repeat(400)}</subject>`)).subject).toBe('🔥'.repeat(255));
  });
});

describe('hostile or broken XML', () => {
  const entity = '<!DOCTYPE x [<!ENTITY a "b">]>';
  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${'<!ENTITY b "&a;&a;&a;">'.repeat(50)}]>`;
  it.each([
    ['a DOCTYPE', `${entity}${wrap('&a;')}`, 'event.xml_doctype'],
    ['a DOCTYPE after the declaration', `<?xml version="1.0"?>${entity}${wrap('')}`, 'event.xml_doctype'],
    ['a lower-case doctype', `<!doctype html>${wrap('')}`, 'event.xml_doctype'],
    ['an external entity', `<!DOCTYPE x SYSTEM "file:///etc/passwd">${wrap('')}`, 'event.xml_doctype'],
    ['an entity bomb', `${bomb}${wrap('&b;')}`, 'event.xml_doctype'],
    ['a DOCTYPE hidden behind an unclosed comment', `<!-- ${entity}${wrap('')}`, 'event.xml_doctype'],
    ['an ENTITY inside', wrap('<!ENTITY a "b">'), 'event.xml_doctype'],
    ['an unknown entity', wrap('<subject>&nbsp;</subject>'), 'event.xml_entity'],
    ['a bare ampersand', wrap('<subject>a & b</subject>'), 'event.xml_entity'],
    ['an unclosed element', '<ticket_info><id></ticket_info>', 'event.xml_malformed'],
    ['two roots', `${wrap('')}${wrap('')}`, 'event.xml_malformed'],
    ['text beside the root', `${wrap('')}text`, 'event.xml_malformed'],
    ['no XML', 'hello', 'event.xml_malformed'],
    ['nothing', '', 'event.xml_empty'],
    ['a processing instruction', wrap('<?php echo 1 ?>'), 'event.xml_malformed'],
    ['another root', '<ticket><id>7</id></ticket>', 'event.not_ticket_info'],
    ['no id', '<ticket_info><subject>x</subject></ticket_info>', 'event.no_ticket_id'],
    ['text instead of elements', '<ticket_info>7</ticket_info>', 'event.no_ticket_id'],
    ['two ids', '<ticket_info><id>7</id><id>8</id></ticket_info>', 'event.no_ticket_id'],
    ['an id of nought', '<ticket_info><id>0</id></ticket_info>', 'event.no_ticket_id'],
    ['an id of zeros', '<ticket_info><id>000</id></ticket_info>', 'event.no_ticket_id'],
    ['a negative id', '<ticket_info><id>-4</id></ticket_info>', 'event.no_ticket_id'],
    ['an id with a sign', '<ticket_info><id>+4</id></ticket_info>', 'event.no_ticket_id'],
    ['an id with an exponent', '<ticket_info><id>4e1</id></ticket_info>', 'event.no_ticket_id'],
    ['an id in other digits', '<ticket_info><id>\u0664</id></ticket_info>', 'event.no_ticket_id'],
    ['an id with a NUL', '<ticket_info><id>4&#0;</id></ticket_info>', 'event.no_ticket_id'],
    ['an id beyond 64 bits', `<ticket_info><id>${'9'.repeat(20)}</id></ticket_info>`, 'event.no_ticket_id'],
    ['an id around an element', '<ticket_info><id>1<b/>2</id></ticket_info>', 'event.no_ticket_id'],
    ['an id inside an element', '<ticket_info><id><b>12</b></id></ticket_info>', 'event.no_ticket_id'],
    ['an id that is not a number', '<ticket_info><id>../7</id></ticket_info>', 'event.no_ticket_id'],
    ['another declared encoding', `<?xml version="1.0" encoding="UTF-16"?>${wrap('')}`, 'event.xml_not_utf8'],
    ['UTF-16 bytes', Buffer.from(`\uFEFF${wrap('')}`, 'utf16le'), 'event.xml_malformed'],
    ['too many bytes', wrap(`<subject>${'x'.repeat(XML_LIMITS.bytes)}</subject>`), 'event.xml_too_large'],
    [
      'too long a text',
      wrap(`<subject>${'x'.repeat(XML_LIMITS.textLength + 1)}</subject>`),
      'event.xml_too_large',
    ],
    ['too many elements', wrap('<a/>'.repeat(XML_LIMITS.elements)), 'event.xml_too_large'],
    [
      'too many references',
      wrap(`<a>${'&#9;'.repeat(15_000)}</a><b>${'&#9;'.repeat(15_000)}</b>`),
      'event.xml_too_large',
    ],
    ['too deep a tree', wrap('<a>'.repeat(40) + '</a>'.repeat(40)), 'event.xml_refused'],
    [
      'too many attributes',
      wrap(`<a ${Array.from({ length: 65 }, (_, n) => `x${n}="1"`).join(' ')}/>`),
      'event.xml_too_large',
    ],
  ])('%s is refused', (_what, xml, code) => {
    expect(codeOf(xml)).toBe(code);
  });

  it('a forbidden name neither reaches a prototype nor the result', () => {
    const code = codeOf(wrap('<__proto__><polluted>1</polluted></__proto__>'));
    expect(['accepted', 'event.xml_refused']).toContain(code);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    for (const name of ['constructor', 'toString', 'hasOwnProperty']) {
      expect(['accepted', 'event.xml_refused']).toContain(codeOf(wrap(`<${name}>1</${name}>`)));
    }
  });

  it.each([
    ['unclosed CDATA', wrap('<![CDATA['.repeat(20_000))],
    ['unclosed comments', wrap('<!--'.repeat(45_000))],
    ['comments', wrap('<!---->'.repeat(27_000))],
    ['open brackets', `<ticket_info>${'<'.repeat(190_000)}`],
    ['blanks', wrap(`<a ${' '.repeat(180_000)}/>`)],
    ['open references', wrap(`<a>${'&#'.repeat(30_000)}</a>`)],
  ])('a document full of %s is not slow', (_what, xml) => {
    const startedAtMs = performance.now();
    codeOf(xml);
    // Anything that grows with the square of the length takes seconds here.
    expect(performance.now() - startedAtMs).toBeLessThan(1000);
  });

  it('a DOCTYPE in a comment or as text is no DOCTYPE', () => {
    expect(codeOf(`<!-- <!DOCTYPE b> -->${wrap('')}`)).toBe('accepted');
    expect(infoOf(wrap('<subject><![CDATA[<!DOCTYPE b>]]></subject>')).subject).toBe('<!DOCTYPE b>');
  });

  it('no message repeats what came', () => {
    const secret = 'S3CRET';
    for (const xml of [
      `<${secret}/>`,
      `<ticket_info><id>${secret}</id></ticket_info>`,
      `<!DOCTYPE ${secret}>`,
      wrap(`<a>&${secret};</a>`),
    ]) {
      expect(() => parseTicketInfo(xml)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining(secret) }),
      );
    }
  });

  it('whatever comes, only BadTicketInfo is thrown', () => {
    const pieces = fc.constantFrom(
      '<ticket_info>',
      '</ticket_info>',
      '<id>',
      '</id>',
      '1',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '&#',
      '&amp;',
      ';',
      '<?',
      '?>',
      ' a="',
      '"',
      '<a',
      '/>',
      '>',
      '<!',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 30 }), (parts) => {
        const code = codeOf(parts.join(''));
        expect(typeof code).toBe('string');
      }),
      { numRuns: 500 },
    );
  });
});

const keyOf = (event: string, xml: string | Buffer): string => eventKey(event, parseTicketInfo(xml));

describe('the key of an event', () => {
  const xml = readFixture('script', 'ticket_info.ADVANCE.xml');

  it('is 32 hexadecimal digits and equal for the same delivery', () => {
    expect(keyOf('ADVANCE', xml)).toMatch(/^[0-9a-f]{32}$/);
    expect(keyOf('ADVANCE', Buffer.from(xml))).toBe(keyOf('ADVANCE', xml));
    const reformatted = `<?xml version="1.0"?>\n${xml.replaceAll('><', '>\n  <')}<!-- again -->`;
    expect(keyOf('ADVANCE', reformatted)).toBe(keyOf('ADVANCE', xml));
    expect(keyOf('ADVANCE', xml.replace('<comment/>', '<comment></comment>'))).toBe(keyOf('ADVANCE', xml));
  });

  it('differs by event, stage, date and content', () => {
    const keys = [
      keyOf('ADVANCE', xml),
      keyOf('REDO', xml),
      keyOf('ADVANCE', xml.replace('<id>7103</id>', '<id>7104</id>')),
      keyOf('ADVANCE', xml.replace('1763805720000', '1763805720001')),
      keyOf('ADVANCE', xml.replace('<comment/>', '<comment>x</comment>')),
      keyOf('TEST', '<ticket_info/>'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
